/**
 * The order of runs: repetition by repetition, in each every workload and number of threads, in each every contender. So what
 * the machine does meanwhile hits all contenders alike. A case that did not work is not tried again, and when the time is over
 * nothing more is started.
 */
import type { Clock } from "../child/request.js";
import type { Parameters, Workload } from "../workloads/workload.js";
import type { Runner } from "./line-up.js";
import type { Case } from "./result.js";
import { runProcess } from "./run-process.js";

/** A workload as it is run now. */
export interface Entry {
  readonly workload: Workload;
  readonly parameters: Parameters;
  /** Of those that play a recording: its file, and its peak. */
  readonly trace?: { readonly file: string; readonly liveBytes: number };
}

export interface Schedule {
  readonly entries: readonly Entry[];
  readonly runners: readonly Runner[];
  readonly threads: readonly number[];
  readonly clock: Clock;
  readonly repetitions: number;
  readonly timeoutMilliseconds: number;
  /** When nothing more is started, by performance.now(). */
  readonly deadline: number;
}

export interface Progress {
  /** A run begins. @param done how many are over, of `all` @param name in a few words */
  begins(done: number, all: number, name: string): void;
}

/** @returns what came of every case, in order of workload, threads, contender */
export async function runAll(schedule: Schedule, progress: Progress): Promise<Case[]> {
  const { repetitions, clock, timeoutMilliseconds, deadline } = schedule;
  const cases = casesOf(schedule);
  let begun = 0;
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const { one, runner, entry } of cases) {
      begun += 1;
      if (one.outcomes.some(({ outcome }) => outcome !== "measured")) continue;
      if (performance.now() > deadline) return cases.map(({ one: all }) => all);
      progress.begins(begun - 1, cases.length * repetitions, `${one.workload}, threads ${one.threads}: ${one.contender.name} (${repetition} of ${repetitions})`);
      const { workload: { name: workload }, parameters, trace } = entry;
      const task = { workload, threads: one.threads, parameters, clock, ...(trace === undefined ? {} : { trace: trace.file }) };
      one.outcomes.push(await runProcess(runner.command(task), timeoutMilliseconds));
    }
  }
  return cases.map(({ one }) => one);
}

function casesOf({ entries, runners, threads: counts }: Schedule): { one: Case; runner: Runner; entry: Entry }[] {
  return entries.flatMap((entry) =>
    counts.filter((threads) => threads <= (entry.workload.maximumThreads ?? Infinity)).flatMap((threads) =>
      runners.filter(({ contender }) => threads <= contender.maximumThreads).map((runner) => ({
        one: { contender: runner.contender, workload: entry.workload.name, threads, liveBytes: entry.trace?.liveBytes, outcomes: [] },
        runner,
        entry,
      })),
    ),
  );
}
