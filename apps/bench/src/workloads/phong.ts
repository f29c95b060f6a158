/**
 * Sizes that favour small ones, in random windows of a table: empty places are filled; of the blocks half are freed, and of
 * the rest a quarter is resized, to the double, or to a quarter where that would be too much.
 */
import type { Arena, Views } from "./arena.js";
import { below, next, seedOf } from "./random.js";
import { cover } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

const POINTS = 10;

class Phong extends Part {
  readonly #heap: Arena;
  readonly #thread: number;
  readonly #allocations: number;
  readonly #window: number;
  readonly #least: number;
  readonly #most: number;
  readonly #blocks: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor({ heap, thread, parameters: { allocations, blocks, window, least, most } }: Stage) {
    super();
    this.#heap = heap;
    this.#thread = thread;
    this.#allocations = allocations;
    this.#window = window;
    this.#least = least;
    this.#most = most;
    this.#blocks = new Uint32Array(blocks);
    this.#sizes = new Uint32Array(blocks);
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [blocks, sizes, window, least, most] = [this.#blocks, this.#sizes, this.#window, this.#least, this.#most];
    let x = seedOf(this.#thread, round);
    let sum = 0;
    let calls = 0;
    let left = this.#allocations;
    while (left > 0) {
      x = next(x);
      const from = below(blocks.length - window, x);
      for (let i = from; i < from + window; i += 1) {
        x = next(x);
        if (blocks[i] === 0) {
          const bytes = least + favourSmall(most - least, x);
          const block = heap.malloc(bytes);
          touch(memory, block, bytes, x);
          blocks[i] = block;
          sizes[i] = bytes;
          left -= 1;
        } else if ((x & 7) < 4) {
          sum = (sum + memory.u8[blocks[i]]) | 0;
          heap.free(blocks[i]);
          blocks[i] = 0;
        } else if ((x & 7) === 4) {
          const bytes = sizes[i] * 2 > most ? Math.max(sizes[i] >>> 2, 1) : sizes[i] * 2;
          const block = heap.realloc(blocks[i], bytes);
          cover(memory, block, bytes);
          sum = (sum + memory.u8[block]) | 0;
          touch(memory, block, bytes, x);
          blocks[i] = block;
          sizes[i] = bytes;
        } else continue;
        calls += 1;
      }
    }
    for (let i = 0; i < blocks.length; i += 1) {
      if (blocks[i] === 0) continue;
      sum = (sum + memory.u8[blocks[i]]) | 0;
      heap.free(blocks[i]);
      blocks[i] = 0;
      calls += 1;
    }
    this.calls = calls;
    return sum;
  }
}

/** From 0 to `most`, below 1,024: the square of an even distribution. */
function favourSmall(most: number, x: number): number {
  const even = x >>> 22;
  return (even * even * (most + 1)) >>> 20;
}

function touch(memory: Views, block: number, bytes: number, value: number): void {
  cover(memory, block, bytes);
  const { u8 } = memory;
  for (let i = 0; i < POINTS; i += 1) u8[block + ((i * bytes) / POINTS >>> 0)] = value;
}

export const phong: Workload = {
  name: "phong",
  source: "Hoard's benchmarks: 1,000,000 allocations of 10 to 1,024 bytes over all threads; half of a window freed, a quarter of the rest resized; here in rounds. Table and window are ours, since the description has no numbers for them",
  touches: "10 bytes spread over the block; the first is read back",
  parameters: { allocations: 100_000, blocks: 10_000, window: 256, least: 10, most: 1024 },
  quick: { allocations: 20_000, blocks: 4_000 },
  tiny: { allocations: 500, blocks: 200, window: 32 },
  sharedWords: noWords,
  part: (stage) => new Phong(stage),
};
