/**
 * One run: one recording on one preset. Each has workers of its own, so that what the engine learns of one preset
 * neither helps nor hinders the next.
 */
import { Worker } from "node:worker_threads";
import { describeFailure, replayOnWorkers, type ReplayJob, type ReplayReport, type Trace } from "@heapwright/trace";
import type { Contender } from "./presets.js";

/** What a worker is given. */
export interface WorkerTask {
  readonly contender: string;
  readonly job: ReplayJob;
}

export interface RunResult {
  readonly contender: string;
  readonly trace: string;
  readonly report: ReplayReport;
}

export interface RunOptions {
  /** The bundled worker.ts. */
  readonly worker: URL;
  readonly timeoutMilliseconds: number;
}

export async function run(contender: Contender, name: string, trace: Trace, { worker, timeoutMilliseconds }: RunOptions): Promise<RunResult> {
  const start = (job: ReplayJob): Worker => {
    const workerData: WorkerTask = { contender: contender.name, job };
    return new Worker(worker, { workerData });
  };
  const { alignment } = contender;
  const report = await replayOnWorkers({ trace, heap: contender.create(), start, alignment, timeoutMilliseconds });
  return { contender: contender.name, trace: name, report };
}

/** `yes`, or the reason why not. */
export function verdict({ failures }: ReplayReport): string {
  const [first] = failures;
  if (first === undefined) return "yes";
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  return `${first.kind === "out of memory" ? "not served" : "FAILED"}: ${describeFailure(first)}${more}`;
}
