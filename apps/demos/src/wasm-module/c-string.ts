/**
 * Strings as C has them: bytes that end with a 0.
 */
import type { Heap, Memory } from "@heapwright/core";
import { allocate } from "../allocate.js";

export function writeCString(heap: Heap, text: string): number {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const address = allocate(heap, bytes.length);
  heap.memory.u8.set(bytes, address);
  return address;
}

export function readCString(memory: Memory, address: number): string {
  memory.reach(Number.MAX_SAFE_INTEGER); // nobody has said where it ends, so see all there is
  const { u8 } = memory;
  return new TextDecoder().decode(u8.slice(address, u8.indexOf(0, address)));
}
