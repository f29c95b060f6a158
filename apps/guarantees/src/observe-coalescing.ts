/**
 * What freed memory can serve. A heap is filled with blocks of one size; then two neighbours are freed, then all, and each
 * time a block is asked for that would need their places together.
 */
import { fill } from "./fill.js";
import type { Coalescing, System } from "./system.js";

export function observeCoalescing(system: System): Coalescing {
  const heap = system.create(2 ** 20);
  const [small, large] = pairOf(system);
  const blocks = fill(heap, small).sort((a, b) => a - b);
  if (heap.malloc(large) !== 0) throw new Error(`${system.name} is not full`);

  const distance = Math.min(...blocks.slice(1).map((block, i) => block - blocks[i]));
  const at = blocks.findIndex((block, i) => blocks[i + 1] - block === distance);
  for (const block of blocks.splice(at, 2)) heap.free(block);
  if (heap.malloc(large) !== 0) return "neighbours";

  for (const block of blocks) heap.free(block);
  return heap.malloc(large) === 0 ? "none" : "superblocks";
}

/** The largest size that can be asked for in workloads, and a half of it. */
function pairOf({ sizes }: System): [small: number, large: number] {
  const large = sizes[sizes.length - 1];
  return [large >>> 1, large];
}
