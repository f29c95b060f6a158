/**
 * Which threads can take a step. Not those that are over; not those that sleep; and not those that look at the same word
 * again and again while nothing changes: a loop that waits would otherwise be an execution without end. When nobody is
 * left, time passes: the thread whose last step is the longest ago looks again, or has slept for long enough.
 */
import type { Execution } from "./execution.js";
import type { SimulatedThread } from "./simulated-thread.js";
import type { Trace } from "./trace.js";

/** How far back repeated looks are searched for. */
const LOOK_BACK = 256;

/** Whether the thread has looked at the same word `most` times, and nothing has changed anywhere since. */
export function looksAgain(trace: Trace, thread: number, kind: number, w: number, most: number): boolean {
  let looks = 0;
  const end = Math.max(trace.lastChange, trace.depth - LOOK_BACK);
  for (let step = trace.depth - 1; step > end; step--) {
    if (trace.thread[step] === thread && trace.word[step] === w && trace.kind[step] === kind && ++looks === most) return true;
  }
  return false;
}

/** Threads that can take a step, a bit each; 0 when nobody ever can again. */
export function enabledThreads(execution: Execution): number {
  let mask = 0;
  for (const thread of execution.threads) {
    if (isAwake(execution, thread) && thread.stalledAt !== execution.trace.lastChange) mask |= 1 << thread.index;
  }
  return mask === 0 ? leastRecent(execution) : mask;
}

/** Whether a thread could take a step, even if it does nothing but wait. */
export function isAwake(execution: Execution, thread: SimulatedThread): boolean {
  return !isOut(execution, thread) && !isAsleep(execution, thread);
}

/** Whether nothing is to be expected of a thread, as things are. */
export function isOut({ rescuer, arena }: Execution, thread: SimulatedThread): boolean {
  return thread.isOver || (thread.index === rescuer && arena.words[arena.deadWord] === 0);
}

function isAsleep({ arena }: Execution, thread: SimulatedThread): boolean {
  return arena.words[arena.sleepWord(thread.index)] !== 0;
}

function leastRecent(execution: Execution): number {
  let chosen: SimulatedThread | undefined;
  for (const thread of execution.threads) {
    if (isOut(execution, thread) || (isAsleep(execution, thread) && execution.limits.timeouts === "never")) continue;
    if (chosen === undefined || lastStep(thread) < lastStep(chosen)) chosen = thread;
  }
  return chosen === undefined ? 0 : 1 << chosen.index;
}

function lastStep(thread: SimulatedThread): number {
  return thread.length === 0 ? -1 : thread.steps[thread.length - 1];
}
