/**
 * The floor: an address that moves up, and from the end of its piece to the start again, over blocks that may still be in
 * use. It shows what a workload costs that has no allocator at all but does everything else. Each thread has a piece of
 * its own in a memory that all share; freeing does nothing, and resizing pretends that there was room.
 */
import type { Arena, Views } from "../workloads/arena.js";
import type { JoinedArena, JsContender } from "./contender.js";

const THREADS = 64;
/** Small enough to stay in a core's own cache, large enough for what tasks of producer-consumer have in use. */
const PIECE_BYTES = 2 ** 20;
/** Behind each piece, for the block that begins just before its end. */
const SLACK_BYTES = 2 ** 22;
const FIRST = 64;

class BumpArena implements Arena {
  readonly memory: Views;
  readonly #f64: Float64Array;
  readonly #start: number;
  readonly #end: number;
  #next: number;

  constructor(buffer: SharedArrayBuffer, thread: number) {
    this.memory = { u8: new Uint8Array(buffer), i32: new Int32Array(buffer), end: buffer.byteLength, reach: () => false };
    this.#f64 = new Float64Array(buffer);
    this.#start = FIRST + thread * (PIECE_BYTES + SLACK_BYTES);
    this.#end = this.#start + PIECE_BYTES;
    this.#next = this.#start;
  }

  malloc(bytes: number): number {
    if (this.#next >= this.#end) this.#next = this.#start;
    const address = this.#next;
    this.#next = address + ((bytes + 15) & -16);
    return address;
  }

  calloc(count: number, bytes: number): number {
    const address = this.malloc(count * bytes);
    this.#f64.fill(0, address >>> 3, (address + count * bytes + 7) >>> 3);
    return address;
  }

  realloc(address: number, _bytes: number): number {
    return address;
  }

  alignedAlloc(_alignment: number, bytes: number): number {
    return this.malloc(bytes);
  }

  free(_address: number): void {}
}

function join(handle: unknown, thread: number): JoinedArena {
  return { arena: new BumpArena(handle as SharedArrayBuffer, thread), leave: () => {} };
}

export const bump: JsContender = {
  name: "bump",
  kind: "floor",
  maximumThreads: THREADS,
  keepsContents: false,
  async open() {
    const buffer = new SharedArrayBuffer(FIRST + THREADS * (PIECE_BYTES + SLACK_BYTES));
    return { arena: join(buffer, 0).arena, handle: buffer, mappedBytes: () => undefined, close: () => {} };
  },
  join,
};
