/**
 * A server: each thread replaces random blocks of a table, and later another thread goes on with the table, so that blocks
 * are freed by threads that did not make them ("bleeding"). The original starts a new thread for each turn; here the
 * tables go round between the threads, one place a round, because starting a worker would be all that is measured.
 */
import type { Arena } from "./arena.js";
import { below, next, seedOf } from "./random.js";
import { readFirst, writeFirst } from "./touch.js";
import { Part, type Stage, type Workload } from "./workload.js";

class Larson extends Part {
  readonly #heap: Arena;
  readonly #thread: number;
  readonly #threads: number;
  readonly #tables: Int32Array;
  readonly #blocks: number;
  readonly #replacements: number;
  readonly #least: number;
  readonly #range: number;

  constructor({ heap, thread, threads, shared, parameters: { blocks, replacements, least, most } }: Stage) {
    super();
    this.#heap = heap;
    this.#thread = thread;
    this.#threads = threads;
    this.#tables = shared;
    this.#blocks = blocks;
    this.#replacements = replacements;
    this.#least = least;
    this.#range = most - least + 1;
    let x = seedOf(thread, -1);
    for (let i = 0; i < blocks; i += 1) {
      x = next(x);
      const bytes = least + below(this.#range, x);
      const block = heap.malloc(bytes);
      writeFirst(heap.memory, block, bytes, i);
      shared[thread * blocks + i] = block;
    }
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [tables, blocks, least, range, replacements] = [this.#tables, this.#blocks, this.#least, this.#range, this.#replacements];
    const table = ((this.#thread + round) % this.#threads) * blocks;
    let x = seedOf(this.#thread, round);
    let sum = 0;
    for (let i = 0; i < replacements; i += 1) {
      x = next(x);
      const victim = table + below(blocks, x);
      const old = tables[victim] >>> 0;
      sum = (sum + readFirst(memory, old)) | 0;
      heap.free(old);
      x = next(x);
      const bytes = least + below(range, x);
      const block = heap.malloc(bytes);
      writeFirst(memory, block, bytes, x + bytes);
      tables[victim] = block;
    }
    this.calls = 2 * replacements;
    return sum;
  }

  override leave(): void {
    for (let i = 0; i < this.#blocks; i += 1) this.#heap.free(this.#tables[this.#thread * this.#blocks + i] >>> 0);
  }
}

export const larson: Workload = {
  name: "larson",
  source: "Larson and Krishnan, ISMM 1998, with the numbers of mimalloc-bench (larson 5 8 1000 5000 100 4141): 8 to 1,000 bytes, 5,000 blocks a thread, handed on after 100 * 5,000 replacements; Michael has 16 to 80 bytes and 1,024 blocks",
  touches: "first word",
  parameters: { least: 8, most: 1000, blocks: 5000, replacements: 500_000 },
  quick: { blocks: 1000, replacements: 50_000 },
  tiny: { blocks: 100, replacements: 1000 },
  sharedWords: ({ blocks }, threads) => threads * blocks,
  part: (stage) => new Larson(stage),
};
