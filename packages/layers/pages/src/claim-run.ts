/** The whole protocol of {@link Runs}: a proposal is claimed, or another one looked for, until it is certain that there is none. */
import type { Runs } from "./runs.js";

/**
 * Claims the lowest free run of `count` units, 1 or more, that begins at a multiple of `alignment`, a power of two.
 * @returns its first unit; -1 if at some moment there was none
 */
export function claimRun(runs: Runs, count: number, alignment: number): number {
  for (;;) {
    const cleared = runs.clearings();
    const first = runs.find(count, alignment);
    if (first >= 0 ? runs.claimAt(first, count) : runs.clearings() === cleared) return first;
  }
}
