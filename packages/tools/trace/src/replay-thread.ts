/**
 * The part of one thread in a replay, from the start line to the last check. It needs nothing of its surroundings but
 * shared memory and a clock, so that it runs in any kind of worker, and a trace of one thread on any thread at all.
 *
 * The threads meet at five lines: at the start; after the last event, where the clock stops and thread 0 inspects the heap
 * with the blocks that the program never freed; when it has; when those are freed; and when all others have left the heap,
 * where thread 0 inspects it once more. A heap whose check never ends thus hangs a worker, which can be ended.
 */
import type { Heap, HeapStats } from "@heapwright/core";
import { inspect } from "./inspect.js";
import type { ReplayBoard } from "./replay-board.js";
import { ReplayFailureError, type ReplayFailure } from "./replay-failure.js";
import type { ReplayPlan } from "./replay-plan.js";
import { ThreadReplay } from "./thread-replay.js";

/** What one thread has to tell. Structured-cloneable. */
export interface ThreadOutcome {
  readonly thread: number;
  /** Events played. */
  readonly events: number;
  /** When it left the start line, and when it had played its last event, by the clock it was given. */
  readonly started: number;
  readonly finished: number;
  /** The heap's figures right after the peak of the trace, from the thread whose event that was. */
  readonly atPeak: HeapStats | undefined;
  /** The heap's figures when all was over, from thread 0 of a run without failure. */
  readonly atEnd: HeapStats | undefined;
  readonly failure: ReplayFailure | undefined;
}

export interface ReplayOptions {
  /** What every address must be a multiple of, in bytes; a power of two from 4 on. Default 16. */
  readonly alignment?: number;
  /** Milliseconds, the same clock in all threads. Default: the time of day, as exactly as the platform tells it. */
  readonly clock?: () => number;
}

/**
 * Replays the events of one thread and takes part in the checks. The thread has left the heap when this returns.
 * @param thread 0 to `plan.programs.length - 1`; each must be played by one thread, all at the same time
 */
export function replayThread(
  heap: Heap, plan: ReplayPlan, thread: number, board: ReplayBoard, options: ReplayOptions = {},
): ThreadOutcome {
  const clock = options.clock ?? (() => performance.timeOrigin + performance.now());
  const replay = new ThreadReplay(heap, plan, thread, board, options.alignment ?? 16);
  let started = 0;
  let finished = 0;
  let atEnd: HeapStats | undefined;
  let failure: ReplayFailure | undefined;
  let line = 0;

  const meet = (): boolean => board.meet((line += 1));

  const play = (): void => {
    if (!meet()) return;
    started = clock();
    replay.playEvents();
    finished = clock();
    if (!meet()) return;
    if (thread === 0) inspect(heap, leftoverAddresses(plan, board));
    if (!meet()) return;
    replay.freeLeftovers();
    if (!meet()) return;
    if (thread !== 0) heap[Symbol.dispose]();
    if (!meet() || thread !== 0) return;
    inspect(heap, new Set());
    atEnd = heap.stats();
    heap[Symbol.dispose]();
  };

  try {
    play();
  } catch (error) {
    board.stop();
    failure = {
      kind: error instanceof ReplayFailureError ? error.kind : "threw",
      thread,
      event: replay.event,
      message: error instanceof Error ? error.message : String(error),
    };
  }
  return { thread, events: replay.played, started, finished, atPeak: replay.atPeak, atEnd, failure };
}

function leftoverAddresses(plan: ReplayPlan, board: ReplayBoard): Set<number> {
  const addresses = new Set<number>();
  for (const { leftovers } of plan.programs) {
    for (const block of leftovers) addresses.add(board.addresses[block] >>> 0);
  }
  return addresses;
}
