/**
 * The random numbers of all workloads: Marsaglia's 32-bit xorshift (Journal of Statistical Software 8, 2003; shifts 13, 17,
 * 5). A function of the last number and not an object, so that a loop keeps it in a register. native/bench.h has the same.
 */

/** @returns the number after `x`, which is not 0 */
export function next(x: number): number {
  x ^= x << 13;
  x ^= x >>> 17;
  return x ^ (x << 5);
}

/** Where a thread begins in a round: in each somewhere else. */
export function seedOf(thread: number, round: number): number {
  return next(Math.imul(round * 64 + thread + 1, 0x9e3779b9) | 1);
}

/** A number below `limit`, which is at most 65,536, from the upper half of `x`. */
export function below(limit: number, x: number): number {
  return Math.imul(x >>> 16, limit) >>> 16;
}

/** A size from 16 bytes to below 16 * 2^`doublings`: as many between 16 and 31 as between 32 and 63, and so on. */
export function spreadSize(doublings: number, x: number): number {
  const least = 16 << below(doublings, x);
  return least + (x & (least - 1));
}
