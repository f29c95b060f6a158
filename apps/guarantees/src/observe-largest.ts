/**
 * The largest object that a heap serves, found by halving, each try on a heap of its own. Heaps may grow to 64 MiB; what
 * comes within an eighth of a MiB of that is as much as there is.
 */
import type { System } from "./system.js";

const MAXIMUM_BYTES = 2 ** 26;
const BOOKKEEPING = 2 ** 17;

export function observeLargest(system: System): number | "memory" {
  let served = 0;
  let refused = MAXIMUM_BYTES;
  while (refused - served > 1) {
    const bytes = (served + refused) >>> 1;
    if (system.create(MAXIMUM_BYTES).malloc(bytes) === 0) refused = bytes;
    else served = bytes;
  }
  return served > MAXIMUM_BYTES - BOOKKEEPING ? "memory" : served;
}
