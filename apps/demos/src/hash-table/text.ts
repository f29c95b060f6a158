/**
 * Strings as blocks: a word that says how many bytes follow, and the text in UTF-8.
 */
import type { Heap, Memory } from "@heapwright/core";
import { allocate } from "../allocate.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function writeText(heap: Heap, text: string): number {
  const bytes = encoder.encode(text);
  const address = allocate(heap, 4 + bytes.length);
  heap.memory.u32[address >>> 2] = bytes.length;
  heap.memory.u8.set(bytes, address + 4);
  return address;
}

export function readText(memory: Memory, address: number): string {
  memory.reach(address); // the block may be in memory that another thread has grown
  const start = address + 4;
  const end = start + memory.u32[address >>> 2];
  memory.reach(end - 1); // a long text may end in a later page than it starts in
  return decoder.decode(memory.u8.slice(start, end)); // a copy: browsers refuse to decode from shared memory
}
