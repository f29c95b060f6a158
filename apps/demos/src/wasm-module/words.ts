/**
 * words.c in this thread: an instance whose malloc and free are those of the heap, with a stack that is a block of it.
 */
import type { Heap } from "@heapwright/core";
import { allocate } from "../allocate.js";

/** What the C program offers. Addresses arrive as signed numbers: `>>> 0` makes them those of the heap. */
interface Exports {
  readonly trie_of: (text: number) => number;
  readonly list_of: (trie: number) => number;
  readonly free_trie: (trie: number) => void;
  readonly __stack_pointer: WebAssembly.Global;
  readonly __heap_base: WebAssembly.Global;
}

/** A stack overflow would run into the block below without a word, so this is generous. */
const STACK_BYTES = 1 << 16;

export class Words {
  readonly #heap: Heap;
  readonly #exports: Exports;
  readonly #stack: number;

  /** @param memory that of the heap */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, heap: Heap) {
    this.#heap = heap;
    this.#exports = instantiate(module, {
      memory,
      malloc: (bytes) => heap.malloc(bytes >>> 0),
      calloc: (count, bytes) => heap.calloc(count >>> 0, bytes >>> 0),
      realloc: (block, bytes) => heap.realloc(block >>> 0, bytes >>> 0),
      free: (block) => heap.free(block >>> 0), // what this throws ends the C program, like a trap
    });
    this.#stack = allocate(heap, STACK_BYTES);
    this.#exports.__stack_pointer.value = this.#stack + STACK_BYTES; // it grows down
  }

  /** @param text address of words that end with a 0 */
  trieOf(text: number): number {
    return this.#exports.trie_of(text) >>> 0;
  }

  listOf(trie: number): number {
    return this.#exports.list_of(trie) >>> 0;
  }

  freeTrie(trie: number): void {
    this.#exports.free_trie(trie);
  }

  /** The instance is not used any more. */
  [Symbol.dispose](): void {
    this.#heap.free(this.#stack);
  }
}

/** Puts the module's data into the memory. @returns the first address behind it, from where on a heap may be */
export function placeData(module: WebAssembly.Module, memory: WebAssembly.Memory): number {
  const none = (): number => 0; // nothing of the program runs
  return instantiate(module, { memory, malloc: none, calloc: none, realloc: none, free: none }).__heap_base.value as number;
}

interface Imports extends Record<string, WebAssembly.ImportValue> {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (bytes: number) => number;
  readonly calloc: (count: number, bytes: number) => number;
  readonly realloc: (block: number, bytes: number) => number;
  readonly free: (block: number) => void;
}

function instantiate(module: WebAssembly.Module, env: Imports): Exports {
  return new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
}
