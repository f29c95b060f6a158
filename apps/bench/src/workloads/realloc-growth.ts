/**
 * Vectors that grow by half, all in turn, so that none can simply grow into what lies behind it: the pattern of buffers
 * and tables that do not know how large they will get.
 */
import type { Arena } from "./arena.js";
import { readFirst, writeLines } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

class ReallocGrowth extends Part {
  readonly #heap: Arena;
  readonly #least: number;
  readonly #most: number;
  readonly #cycles: number;
  readonly #vectors: Uint32Array;

  constructor({ heap, parameters: { vectors, cycles, least, most } }: Stage) {
    super();
    this.#heap = heap;
    this.#least = least;
    this.#most = most;
    this.#cycles = cycles;
    this.#vectors = new Uint32Array(vectors);
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [vectors, least, most] = [this.#vectors, this.#least, this.#most];
    let sum = 0;
    let calls = 0;
    for (let cycle = 0; cycle < this.#cycles; cycle += 1) {
      for (let i = 0; i < vectors.length; i += 1) {
        vectors[i] = heap.malloc(least);
        writeLines(memory, vectors[i], least, i + round);
      }
      calls += 2 * vectors.length;
      for (let bytes = least, old = 0; bytes < most;) {
        old = bytes;
        bytes += bytes >>> 1;
        for (let i = 0; i < vectors.length; i += 1) {
          const vector = heap.realloc(vectors[i], bytes);
          sum = (sum + readFirst(memory, vector)) | 0;
          writeLines(memory, vector + old, bytes - old, bytes);
          vectors[i] = vector;
        }
        calls += vectors.length;
      }
      for (let i = 0; i < vectors.length; i += 1) {
        sum = (sum + readFirst(memory, vectors[i])) | 0;
        heap.free(vectors[i]);
      }
    }
    this.calls = calls;
    return sum;
  }
}

export const reallocGrowth: Workload = {
  name: "realloc-growth",
  source: "ours: 100 vectors a thread, grown in turn from 16 bytes by half each time to more than 64 KiB",
  touches: "first word of every 64 bytes that a vector has grown by; its first word is read back each time",
  parameters: { vectors: 100, cycles: 2, least: 16, most: 65_536 },
  quick: { cycles: 1 },
  tiny: { vectors: 10, cycles: 1, most: 4096 },
  sharedWords: noWords,
  part: (stage) => new ReallocGrowth(stage),
};
