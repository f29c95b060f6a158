/** The kinds of memory that every test of word operations runs on. */
import { fixed, growable, openMemory, wasm, type Memory, type MemorySource } from "../src/index.js";

export const KINDS: readonly (readonly [name: string, source: () => MemorySource])[] = [
  ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 2 ** 22 })],
  ["a fixed SharedArrayBuffer", () => fixed(2 ** 20)],
  ["a plain ArrayBuffer", () => fixed(new ArrayBuffer(2 ** 20))],
  ["a WebAssembly.Memory with the helper", () => wasm({ initial: 65536, maximum: 2 ** 22 })],
  ["a WebAssembly.Memory without the helper", () => wasm({ initial: 65536, maximum: 2 ** 22 }, { helper: "never" })],
  ["an unshared WebAssembly.Memory", () => wasm(new WebAssembly.Memory({ initial: 1, maximum: 64 }))],
];

export function open(source: MemorySource): Memory {
  return openMemory(source.open().handle);
}
