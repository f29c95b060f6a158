/**
 * A server of unequal threads: sizes are powers of two, some blocks live until the next round, some are left in a table that
 * all threads share and freed by whoever takes their place. Contents are checked whoever frees them.
 */
import type { Arena } from "./arena.js";
import { below, next, seedOf } from "./random.js";
import { readFirst, writeLines } from "./touch.js";
import { Part, type Stage, type Workload } from "./workload.js";

class Mstress extends Part {
  readonly #heap: Arena;
  readonly #thread: number;
  readonly #transfer: Int32Array;
  readonly #allocations: number;
  /** Blocks of this round. */
  readonly #young: Uint32Array;
  /** Blocks that stay until the next. */
  #kept: Uint32Array;
  #spare: Uint32Array;
  #keptCount = 0;

  constructor({ heap, thread, shared, parameters: { scale } }: Stage) {
    super();
    this.#heap = heap;
    this.#thread = thread;
    this.#transfer = shared;
    this.#allocations = 100 * scale * ((thread % 8) + 1);
    this.#young = new Uint32Array(this.#allocations);
    this.#kept = new Uint32Array(this.#allocations >>> 1);
    this.#spare = new Uint32Array(this.#allocations >>> 1);
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [young, kept, transfer] = [this.#young, this.#spare, this.#transfer];
    let x = seedOf(this.#thread, round);
    let sum = 0;
    let calls = 0;
    let youngCount = 0;
    let keptCount = 0;
    let left = this.#allocations;
    while (left > 0 || keptCount < kept.length) {
      x = next(x);
      const bytes = sizeOf(x);
      const block = heap.malloc(bytes);
      writeLines(memory, block, bytes, x);
      calls += 1;
      if (keptCount === kept.length || ((x & 0x100) !== 0 && left > 0)) {
        young[youngCount++] = block;
        left -= 1;
      } else kept[keptCount++] = block;
      x = next(x);
      if (youngCount === 0) continue;
      if ((x & 3) !== 0) { // 75 % where the original has 66
        const victim = below(youngCount, x);
        sum = (sum + this.#end(young[victim])) | 0;
        young[victim] = young[--youngCount];
        calls += 1;
      } else {
        youngCount -= 1;
        const old = Atomics.exchange(transfer, below(transfer.length, x), young[youngCount]) >>> 0;
        if (old !== 0) sum = (sum + this.#end(old)) | 0;
        calls += 1;
      }
    }
    for (let i = 0; i < youngCount; i += 1) sum = (sum + this.#end(young[i])) | 0;
    for (let i = 0; i < this.#keptCount; i += 1) sum = (sum + this.#end(this.#kept[i])) | 0;
    this.calls = calls + youngCount + this.#keptCount;
    [this.#kept, this.#spare] = [kept, this.#kept];
    this.#keptCount = keptCount;
    return sum;
  }

  override after(): number {
    let sum = 0;
    this.#transfer.forEach((block, i) => {
      if (block !== 0) sum = (sum + this.#end(block >>> 0)) | 0;
      this.#transfer[i] = 0;
    });
    return sum;
  }

  override leave(): void {
    for (let i = 0; i < this.#keptCount; i += 1) this.#end(this.#kept[i]);
    this.#keptCount = 0;
  }

  #end(block: number): number {
    const value = readFirst(this.#heap.memory, block);
    this.#heap.free(block);
    return value;
  }
}

/** 8 bytes to 1 KiB in powers of two, one in 128 of them 16 times as large. */
function sizeOf(x: number): number {
  const bytes = 8 << (x & 7);
  return (x >>> 25) === 0 ? bytes * 16 : bytes;
}

export const mstress: Workload = {
  name: "mstress",
  source: "after mimalloc-bench's mstress (P 50 25): 100 * 50 allocations for the first thread, twice as many for the second and so on up to 8 times, half as many kept for the next of 25 rounds, 1,000 places to leave blocks for others. Our own program; threads stay where the original makes new ones for each round",
  touches: "first word of every cache line; the first is read back",
  parameters: { scale: 50, transfers: 1000 },
  tiny: { scale: 2, transfers: 20 },
  sharedWords: ({ transfers }) => transfers,
  part: (stage) => new Mstress(stage),
};
