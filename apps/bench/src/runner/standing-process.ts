/**
 * A process that answers one request after the other, line by line, for runs that are shorter than its start. One that takes
 * too long or ends is replaced before the next request.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { Command } from "./runner.js";
import { readReport, tooLate, type Outcome } from "./run-process.js";

export class StandingProcess {
  readonly #command: Command;
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #complaints = "";

  constructor(command: Command) {
    this.#command = command;
  }

  ask(request: unknown, timeoutMilliseconds: number): Promise<Outcome> {
    const child = (this.#child ??= this.#start());
    return new Promise((resolve) => {
      let answer = "";
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        child.stdout.off("data", hear);
        child.off("close", closed);
        child.off("error", closed);
        resolve(outcome);
      };
      const hear = (text: string): void => {
        answer += text;
        if (answer.endsWith("\n")) settle(readReport(answer, "", ""));
      };
      const closed = (how: unknown): void => {
        settle(readReport(answer, this.#complaints, `ended with ${String(how)}`));
      };
      const timer = setTimeout(() => {
        this.end();
        settle(tooLate(timeoutMilliseconds));
      }, timeoutMilliseconds);
      child.stdout.on("data", hear);
      child.on("close", closed);
      child.on("error", closed);
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcessByStdio<Writable, Readable, Readable> {
    const { program, args, environment } = this.#command;
    const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ["pipe", "pipe", "pipe"] });
    this.#complaints = "";
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#complaints += text));
    child.stdin.on("error", () => {}); // "close" tells
    child.on("close", () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }
}
