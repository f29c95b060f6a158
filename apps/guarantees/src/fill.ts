/**
 * Allocates blocks of a size until there is no memory for one more.
 */
import type { Heap } from "@heapwright/core";

export function fill(heap: Heap, bytes: number): number[] {
  const blocks: number[] = [];
  for (let block = heap.malloc(bytes); block !== 0; block = heap.malloc(bytes)) blocks.push(block);
  return blocks;
}
