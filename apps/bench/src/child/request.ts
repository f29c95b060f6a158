/**
 * What a process is started for, and what it says in the end: one contender, one workload, some threads. The C program takes
 * the same request as words of its command line, and answers in the same form.
 */
import type { TakenMemory } from "../memory/taken-memory.js";
import type { Parameters } from "../workloads/workload.js";

/** How long it goes on, in whole rounds. */
export interface Clock {
  /** Rounds are not counted for so long: while the engine compiles, and caches and the heap get into their usual state. Longer for JavaScript than for C. */
  readonly warmUpMilliseconds: number;
  /** And at least so many rounds are not, since on a busy machine the engine compiles late. */
  readonly warmUpRounds: number;
  /** Then for so long they are. */
  readonly measureMilliseconds: number;
  /** A round that takes longer is slow. Two slow ones in a row end the warm-up and count: more would tell nothing new. So does one of ten times as long. */
  readonly patienceMilliseconds: number;
  /** Not 0: just so many rounds, all counted. */
  readonly rounds: number;
}

export interface RunRequest {
  readonly contender: string;
  readonly workload: string;
  readonly threads: number;
  readonly parameters: Parameters;
  readonly clock: Clock;
  /** The file with the recording, for workloads that play one. */
  readonly trace?: string;
  /** The compiled module, for contenders that are one. */
  readonly module?: string;
  /** URL of the bundled child/worker.ts. */
  readonly worker: string;
}

/** Memory is that of the first round. */
interface Measurement extends TakenMemory {
  readonly outcome: "measured";
  /** Of each round that counts. */
  readonly roundNanoseconds: readonly number[];
  /** Calls of the allocator in a round, by all threads. */
  readonly calls: number;
  /** Of all that was read back in the first round, counted or not; 32 bits, unsigned. */
  readonly checksum: number;}

/** `cannot`: a request for memory was refused. `failed`: anything else. */
interface Breakdown {
  readonly outcome: "cannot" | "failed";
  readonly reason: string;
}

export type RunReport = Measurement | Breakdown;
