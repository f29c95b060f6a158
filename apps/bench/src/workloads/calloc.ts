/**
 * Zeroed blocks, each freed when a thousand others have been made: what clearing costs, and whether it is done where memory is
 * known to be clear.
 */
import type { Arena } from "./arena.js";
import { next, seedOf, spreadSize } from "./random.js";
import { readBack, readLines, writeLines } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

/** 16 bytes to 16 KiB. */
const DOUBLINGS = 10;

class Calloc extends Part {
  readonly #heap: Arena;
  readonly #thread: number;
  readonly #allocations: number;
  readonly #blocks: Uint32Array;

  constructor({ heap, thread, parameters: { allocations, blocks } }: Stage) {
    super();
    this.#heap = heap;
    this.#thread = thread;
    this.#allocations = allocations;
    this.#blocks = new Uint32Array(blocks);
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [blocks, allocations] = [this.#blocks, this.#allocations];
    let x = seedOf(this.#thread, round);
    let sum = 0;
    for (let i = 0, place = 0; i < allocations + blocks.length; i += 1) {
      if (blocks[place] !== 0) {
        sum = (sum + readBack(memory, blocks[place])) | 0;
        heap.free(blocks[place]);
        blocks[place] = 0;
      }
      if (i < allocations) {
        x = next(x);
        const bytes = spreadSize(DOUBLINGS, x);
        const block = heap.calloc(1, bytes);
        sum = (sum + readLines(memory, block, bytes)) | 0; // adds nothing
        writeLines(memory, block, bytes, x + bytes);
        blocks[place] = block;
      }
      place = place + 1 === blocks.length ? 0 : place + 1;
    }
    this.calls = 2 * allocations;
    return sum;
  }
}

export const calloc: Workload = {
  name: "calloc",
  source: "ours: 16 bytes to 16 KiB, as many of each power of two, 1,000 live a thread, freed oldest first",
  touches: "first word of every cache line, read and written; the first is read back",
  parameters: { allocations: 20_000, blocks: 1000 },
  quick: { allocations: 10_000 },
  tiny: { allocations: 300, blocks: 50 },
  sharedWords: noWords,
  part: (stage) => new Calloc(stage),
};
