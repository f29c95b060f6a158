/**
 * Random blocks of a large live set are replaced: neither blocks nor what the allocator knows of them are in a cache, and
 * free memory lies wherever the last victim was.
 */
import type { Arena } from "./arena.js";
import { next, seedOf, spreadSize } from "./random.js";
import { readBack, writeLines } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

/** 16 to 511 bytes. */
const DOUBLINGS = 5;

class Churn extends Part {
  readonly #heap: Arena;
  readonly #thread: number;
  readonly #replacements: number;
  readonly #blocks: Uint32Array;

  constructor({ heap, thread, parameters: { blocks, replacements } }: Stage) {
    super();
    this.#heap = heap;
    this.#thread = thread;
    this.#replacements = replacements;
    this.#blocks = new Uint32Array(blocks);
    let x = seedOf(thread, -1);
    for (let i = 0; i < blocks; i += 1) {
      x = next(x);
      const bytes = spreadSize(DOUBLINGS, x);
      const block = heap.malloc(bytes);
      writeLines(heap.memory, block, bytes, x);
      this.#blocks[i] = block;
    }
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [blocks, replacements] = [this.#blocks, this.#replacements];
    let x = seedOf(this.#thread, round);
    let sum = 0;
    for (let i = 0; i < replacements; i += 1) {
      x = next(x);
      const victim = (x >>> 0) % blocks.length;
      sum = (sum + readBack(memory, blocks[victim])) | 0;
      heap.free(blocks[victim]);
      x = next(x);
      const bytes = spreadSize(DOUBLINGS, x);
      const block = heap.malloc(bytes);
      writeLines(memory, block, bytes, x + bytes);
      blocks[victim] = block;
    }
    this.calls = 2 * replacements;
    return sum;
  }

  override leave(): void {
    for (const block of this.#blocks) this.#heap.free(block);
  }
}

export const churn: Workload = {
  name: "churn",
  source: "ours: 200,000 live blocks a thread of 16 to 511 bytes, as many of each power of two, replaced at random",
  touches: "first word of every cache line; the first is read back",
  parameters: { blocks: 200_000, replacements: 50_000 },
  quick: { blocks: 20_000, replacements: 20_000 },
  tiny: { blocks: 500, replacements: 500 },
  sharedWords: noWords,
  part: (stage) => new Churn(stage),
};
