/** Fills a block with words that depend on its address, so that whoever gets it can tell whether anybody else wrote to it. */
import type { Heap } from "@heapwright/core";

const word = (p: number, i: number): number => Math.imul(p + i * 4, 0x9e3779b1);

export function stamp(heap: Heap, p: number): void {
  const words = heap.usableSize(p) >>> 2;
  heap.memory.reach(p + words * 4 - 1);
  for (let i = 0; i < words; i++) heap.memory.i32[(p >>> 2) + i] = word(p, i);
}

export function isStamped(heap: Heap, p: number): boolean {
  const words = heap.usableSize(p) >>> 2;
  heap.memory.reach(p + words * 4 - 1);
  for (let i = 0; i < words; i++) if (heap.memory.i32[(p >>> 2) + i] !== word(p, i)) return false;
  return true;
}
