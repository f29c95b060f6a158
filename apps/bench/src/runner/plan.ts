/**
 * Which runs a benchmark has, and how long they may take together. The one idea: those that are compared most (the default
 * preset, native ones, peers, floors, and whoever was named) run often and with all numbers of threads; the other presets
 * once, recordings with one thread, and the rest not with more threads than the machine of the figures has cores.
 */
import type { Contender } from "../contenders/contender.js";
import type { Clock } from "../child/request.js";
import type { Parameters, Workload } from "../workloads/workload.js";

/** A workload as it is run now. */
export interface Entry {
  readonly workload: Workload;
  readonly parameters: Parameters;
  /** Of those that play a recording: its file, and its peak. */
  readonly trace?: { readonly file: string; readonly liveBytes: number };
}

/** A process for each run, or one for all runs of a contender, where a process takes longer to start than a run. */
export type Processes = "one a run" | "standing";

export interface Plan {
  readonly threads: readonly number[];
  /** The least number of times that everything is run. */
  readonly least: number;
  /** How often what is compared most is run. */
  readonly repetitions: number;
  /** How often what has been repeated is run again, as long as it does not agree. */
  readonly again: number;
  /** With how many threads that is, and with how many the others are run at all. */
  readonly manyThreads: number;
  /** Names of those that are compared most. */
  readonly compared: readonly string[];
}

/** How often a case is run. */
export function repetitionsOf(plan: Plan, contender: Contender, workload: Workload, threads: number): number {
  const { repetitions, least, manyThreads, compared } = plan;
  const { name, maximumThreads, keepsContents } = contender;
  const { recording, followsAddresses, maximumThreads: most = Infinity } = workload;
  if (threads > maximumThreads || threads > most) return 0;
  // alone, a floor gets to what it has written before it writes over it
  if (threads > 1 && followsAddresses && !keepsContents) return 0;
  if (!compared.includes(name)) return threads <= (recording === undefined ? manyThreads : manyThreads >> 1) ? least : 0;
  return threads <= manyThreads ? repetitions : least;
}

/** What runs take on two cores, in seconds, beside the rounds. */
const START = { preset: 0.3, native: 0.08, peer: 0.4, floor: 0.15 };
/** Rounds take longer than the clock asks for, because they are not broken off. */
const OVERTIME = 1.5;

/** So many times as long as of a native program, and for each thread, rounds in JavaScript are not counted. */
const COMPILING = 4;

/** The engine compiles what runs often, for each thread by itself, and with few cores only while those wait that run it. */
export function clockOf(kind: Contender["kind"], clock: Clock, threads: number): Clock {
  return kind === "native" ? clock : { ...clock, warmUpMilliseconds: clock.warmUpMilliseconds * COMPILING * threads };
}

/** What is to be expected. */
export function estimateSeconds(
  plan: Plan, entries: readonly Entry[], contenders: readonly Contender[], processes: Processes, clock: Clock,
): { readonly runs: number; readonly seconds: number } {
  const start = processes === "standing" ? 0 : 1;
  let [runs, seconds] = [0, 0];
  for (const { workload } of entries) {
    for (const threads of plan.threads) {
      for (const contender of contenders) {
        const { warmUpMilliseconds, measureMilliseconds } = clockOf(contender.kind, clock, threads);
        const rounds = (OVERTIME * (warmUpMilliseconds + measureMilliseconds)) / 1000;
        const times = repetitionsOf(plan, contender, workload, threads);
        runs += times;
        seconds += times * (START[contender.kind] * start + rounds);
      }
    }
  }
  return { runs, seconds };
}
