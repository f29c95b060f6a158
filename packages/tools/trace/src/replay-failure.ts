/**
 * What can go wrong in a replay. Failures are data, so that they travel between threads and into reports.
 */

/**
 * - `out of memory`: the heap gave 0. Its contents may be fine; it has not served the program.
 * - `corrupted`: a block does not hold what was written to it.
 * - `not zero`: calloc gave memory that is not zero.
 * - `misaligned`: an address is no multiple of what was asked for.
 * - `too small`: usableSize() tells less than what was asked for, or the block ends beyond the buffer.
 * - `threw`: an operation of the heap threw.
 * - `check`: heap.check() threw.
 * - `accounting`: heap.walk() does not show exactly the live blocks.
 * - `timed out`: the run took too long and was ended.
 * - `thread died`: a worker ended without a word.
 */
export type FailureKind =
  | "out of memory" | "corrupted" | "not zero" | "misaligned" | "too small" | "threw" | "check" | "accounting" | "timed out" | "thread died";

export interface ReplayFailure {
  readonly kind: FailureKind;
  readonly thread: number;
  /** Index in the trace, -1 when it was not an event of the program. */
  readonly event: number;
  readonly message: string;
}

/** Carries a failure up to the end of the thread's replay. */
export class ReplayFailureError extends Error {
  override readonly name = "ReplayFailureError";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** In one line: `corrupted at event 12 in thread 0: ...`. */
export function describeFailure({ kind, thread, event, message }: ReplayFailure): string {
  const place = event < 0 ? `in thread ${thread}` : `at event ${event} in thread ${thread}`;
  return `${kind} ${place}: ${message}`;
}
