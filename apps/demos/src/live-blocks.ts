/**
 * How many blocks nobody has freed, by asking the heap itself. Only while no other thread uses it.
 */
import type { Heap } from "@heapwright/core";

export function liveBlocks(heap: Heap): number {
  let count = 0;
  heap.walk(({ state }) => {
    if (state === "live") count += 1;
  });
  return count;
}
