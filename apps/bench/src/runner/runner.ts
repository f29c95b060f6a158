/** A contender that takes part, and the processes in which it does. */
import type { RunRequest } from "../child/request.js";
import type { Contender } from "../contenders/contender.js";

/** What a run is, whoever does it. */
export type Task = Omit<RunRequest, "contender" | "module" | "worker">;

/** A process to be started. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Runner {
  readonly contender: Contender;
  /** The process of one run. */
  command(task: Task): Command;
  /** The process for many, which are asked for line by line; not there where a process starts at once. */
  readonly standing?: { readonly command: Command; request(task: Task): RunRequest };
  /** The process that measures space; see space-report.ts. Not there where a run tells. */
  readonly space?: Command;
}
