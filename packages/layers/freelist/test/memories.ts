/** The kinds of memory that the tests of this package run on, and one memory as two threads see it. */
import { growable, openMemory, wasm, type Memory, type MemorySource } from "@heapwright/core";

export const KINDS: readonly (readonly [name: string, source: () => MemorySource])[] = [
  ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 2 ** 22 })],
  ["a WebAssembly.Memory", () => wasm({ initial: 65536, maximum: 2 ** 22 })],
];

export function open(source: MemorySource = growable({ initial: 65536, maximum: 2 ** 22 })): Memory {
  return openMemory(source.open().handle);
}

/** Two attachments to one memory, for a test that takes the steps of two threads in turn. */
export function openTwice(source: MemorySource = growable({ initial: 65536, maximum: 2 ** 22 })): [Memory, Memory] {
  const { handle } = source.open();
  return [openMemory(handle), openMemory(handle)];
}
