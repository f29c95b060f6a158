/**
 * malloc for programs that cannot go on without memory: the block, or an exception. And it is within reach: `malloc` may
 * answer an address beyond this thread's views, when another thread has grown the heap; a write there would be lost
 * without a trace.
 */
import type { Heap } from "@heapwright/core";

/** A block of `bytes`, 1 or more, that may be written to at once. @throws Error when the heap has no memory */
export function allocate(heap: Heap, bytes: number): number {
  const address = heap.malloc(bytes);
  if (address === 0) throw new Error(`the heap has no ${bytes} bytes left`);
  heap.memory.reach(address + bytes - 1);
  return address;
}
