/** Who decides which thread takes the next step: a search, a chance, or a schedule that is given. */
import type { Execution } from "./execution.js";

/** What is chosen: a thread's number, or one of the two below with the thread's number added. */
export type Choice = number;

/** The thread goes on, and its compare-and-swap fails though it need not. */
export const FAIL_SPURIOUSLY = 8;
/** The thread is killed where it stands. */
export const KILL = 16;
/** The execution is not worth going on with. */
export const CUT = -1;
/** All threads are over. */
export const DONE = -2;

export const MOST_THREADS = 6;

export interface Chooser {
  /**
   * @param current the thread that has just arrived at an access and could simply go on, or -1
   * @param enabled threads that can take a step, a bit each; not 0
   */
  choose(execution: Execution, current: number, enabled: number): Choice;
  /** Whether the compare-and-swap that `thread` is executing, and that would succeed, is to fail. */
  failsSpuriously(execution: Execution, thread: number): boolean;
}
