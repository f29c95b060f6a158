/**
 * Of what all addresses are multiples: by the bits that none of them has, over sizes of all kinds.
 */
import { random } from "./random.js";
import type { System } from "./system.js";

export function observeAlignment(system: System): number {
  const heap = system.create(2 ** 24);
  const next = random(1);
  const largest = system.sizes[system.sizes.length - 1];
  let bits = 0;
  for (let i = 0; i < 4000; i++) {
    const address = heap.malloc(next(largest + 1));
    bits |= address;
    if (next(3) === 0) heap.free(address);
  }
  return bits & -bits;
}
