/**
 * A stretch of a program that should leave nothing behind. Allocations are numbered over all threads, so the blocks of a scope
 * are those that are live at its end with a number given out since its beginning: nothing is listed at the beginning, and a
 * block that another thread has freed meanwhile is none of them.
 *
 * A `realloc` counts as an allocation, wherever the block came from.
 */
import { objectIn, oneOf, type Heap } from "@heapwright/core";
import { describeLeaks, evidenceOf, leaksAmong, type LeakGroup } from "./leaks.js";

/** Whose allocations count: those made through this attachment of the heap, or all. */
export interface LeakScopeOptions {
  /** Default `own`. */
  readonly threads?: "own" | "all";
}

/** Blocks were left behind. */
export class LeakError extends Error {
  override readonly name = "LeakError";

  constructor(readonly leaks: readonly LeakGroup[]) {
    super(`leaked ${describeLeaks(leaks)}`);
  }
}

/** An open scope. Its end, by `using` or by {@link LeakScope.[Symbol.dispose]}, throws a {@link LeakError} when blocks are left. It ends once. */
export interface LeakScope {
  /** What would be complained of if the scope ended now. */
  leaks(): LeakGroup[];
  /** Does nothing when the scope has ended already. @throws LeakError */
  [Symbol.dispose](): void;
}

/**
 * Opens a scope, or runs `callback` in one.
 *
 * What the callback throws, or rejects with, comes through, and leaks are then not looked for. If it returns a promise, the
 * scope ends when that is fulfilled; allocations of other code that runs in this thread meanwhile count too.
 * @returns the scope, or what the callback returned
 * @throws LeakError when blocks are left (a promise is rejected with it); TypeError for a heap that is not checked; RangeError for options
 *   that are none
 */
export function leakScope(heap: Heap, options?: LeakScopeOptions): LeakScope;
export function leakScope<T>(heap: Heap, callback: () => T, options?: LeakScopeOptions): T;
export function leakScope<T>(heap: Heap, first?: LeakScopeOptions | (() => T), options?: LeakScopeOptions): LeakScope | T {
  if (typeof first !== "function") return open(heap, first);
  const scope = open(heap, options);
  const result = first();
  if (isPromise(result)) return result.then((value: unknown) => closed(scope, value)) as T;
  return closed(scope, result);
}

function open(heap: Heap, options: LeakScopeOptions = {}): LeakScope {
  const { threads = "own" } = objectIn("options", options);
  oneOf("threads", threads, ["own", "all"]);
  const evidence = evidenceOf(heap);
  const start = evidence.serial();
  const find = (): LeakGroup[] => {
    // numbers wrap around, so what counts is how many were given out since
    const now = evidence.serial();
    const length = (now - start) >>> 0;
    return leaksAmong(evidence, ({ thread, serial }) => (now - serial) >>> 0 < length && (threads === "all" || thread === evidence.threadId));
  };
  let ended = false;
  return {
    leaks: find,
    [Symbol.dispose]() {
      if (ended) return;
      ended = true;
      const left = find();
      if (left.length > 0) throw new LeakError(left);
    },
  };
}

function closed<T>(scope: LeakScope, value: T): T {
  scope[Symbol.dispose]();
  return value;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
