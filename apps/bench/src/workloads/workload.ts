/**
 * What a workload is: a name, where it comes from, its numbers, and a part for each thread. The one idea: work is done in
 * rounds, all threads starting together, and a round makes the same calls with the same sizes whatever the allocator, so
 * that rounds can be repeated until the clock says enough. native/workloads has each again in C, under the same name.
 */
import type { Arena } from "./arena.js";
import type { TraceEvents } from "./trace-events.js";

export type Parameters = Readonly<Record<string, number>>;

/** What one thread of a run has. */
export interface Stage {
  readonly heap: Arena;
  /** From 0. */
  readonly thread: number;
  readonly threads: number;
  readonly parameters: Parameters;
  /** Zeroed words outside of the heap that all threads of the run share: {@link Workload.sharedWords} of them. */
  readonly shared: Int32Array;
  /** The recording to play, if the workload is one. */
  readonly trace: TraceEvents | undefined;
  /** Lets others run for a moment, where a thread waits for word `at` to change from `seen`. @throws when another thread has failed */
  idle(words: Int32Array, at: number, seen: number): void;
}

/**
 * One thread's part of a workload. Making it makes what lives before the first round. Its functions close over what they
 * need, constants all, because V8 then compiles arrays, numbers and the heap straight into their loops, as a C compiler does.
 */
export interface Part {
  /** Done by thread 0 before every round, while the others wait. Not timed. */
  before?(round: number): void;
  round(round: number): RoundResult;
  /** Done by thread 0 after every round, while the others wait. Not timed. @returns more to add to the sum of the round */
  after?(): number;
  /** Frees what still lives. */
  leave?(): void;
}

export interface RoundResult {
  /** Of all that was read back, 32 bits. */
  readonly sum: number;
  /** Of the allocator. */
  readonly calls: number;
}

export interface Workload {
  readonly name: string;
  /** Where it was described, and with what parameters. */
  readonly source: string;
  /** What is written and read of every block. */
  readonly touches: string;
  /** Numbers of a full run. */
  readonly parameters: Parameters;
  /** Those that are smaller in a quick one. */
  readonly quick?: Parameters;
  /** Those that are smaller still, for tests. */
  readonly tiny: Parameters;
  /** With more it would only show more of the same. */
  readonly maximumThreads?: number;
  /** Threads read addresses out of blocks that others have written, and follow them: nothing for blocks that do not keep what is written. */
  readonly followsAddresses?: true;
  /** The recording it plays. */
  readonly recording?: string;
  sharedWords(parameters: Parameters, threads: number): number;
  part(stage: Stage): Part;
}

export function noWords(): number {
  return 0;
}
