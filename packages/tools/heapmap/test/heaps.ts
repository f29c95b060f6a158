/** A heap that is the same in every run, for maps to be compared with what they were. */
import type { Heap } from "@heapwright/core";
import { michael } from "@heapwright/michael";

export function smallHeap(): Heap {
  const heap = michael.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 22, maximumThreads: 4, heaps: 1 });
  const small = Array.from({ length: 900 }, () => heap.malloc(100));
  const large = Array.from({ length: 3 }, () => heap.malloc(150_000));
  small.slice(0, 500).forEach((address) => heap.free(address));
  heap.malloc(33_000);
  heap.free(large[1]);
  return heap;
}
