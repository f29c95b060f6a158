/**
 * `@thi.ng/malloc`: an allocator in JavaScript, in a buffer of fixed length.
 */
import type { MemPool } from "@thi.ng/malloc";
import type { Arena, Views } from "../workloads/arena.js";
import { cannotJoin, type JsContender } from "./contender.js";

const BYTES = 2 ** 28;

class ThingArena implements Arena {
  readonly memory: Views;
  readonly #pool: MemPool;

  constructor(pool: MemPool, buffer: ArrayBuffer) {
    this.#pool = pool;
    this.memory = { u8: new Uint8Array(buffer), i32: new Int32Array(buffer), end: buffer.byteLength, reach: () => false };
  }

  malloc(bytes: number): number {
    return this.#pool.malloc(bytes);
  }

  calloc(count: number, bytes: number): number {
    return this.#pool.calloc(count * bytes);
  }

  realloc(address: number, bytes: number): number {
    return this.#pool.realloc(address, bytes);
  }

  /** It has one alignment for all blocks. */
  alignedAlloc(_alignment: number, bytes: number): number {
    return this.#pool.malloc(bytes);
  }

  free(address: number): void {
    if (!this.#pool.free(address)) throw new Error(`@thi.ng/malloc does not know block ${address}`);
  }
}

export const thingMalloc: JsContender = {
  name: "thi.ng-malloc",
  kind: "peer",
  maximumThreads: 1,
  keepsContents: true,
  async open() {
    const library = await import("@thi.ng/malloc");
    const buffer = new ArrayBuffer(BYTES);
    const pool = new library.MemPool({ buf: buffer, align: 16 });
    return { arena: new ThingArena(pool, buffer), handle: undefined, mappedBytes: () => undefined, close: () => {} };
  },
  join: cannotJoin,
};
