/**
 * Sizes that favour small ones, in random windows of a table: empty places are filled; of the blocks half are freed, and of
 * the rest a quarter is resized, to the double, or to a quarter where that would be too much.
 */
import { below, next, seedOf } from "./random.js";
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, thread, parameters: { allocations, blocks: places, window, least, most } }: Stage): Part {
  const { memory } = heap;
  const { cover } = touchesOf(memory);
  const blocks = new Uint32Array(places);
  const sizes = new Uint32Array(places);

  const touch = (block: number, bytes: number, value: number): void => {
    const { u8 } = memory;
    for (let point = 0; point < 10; point += 1) u8[block + (((point * bytes) / 10) >>> 0)] = value;
  };

  const end = (i: number): number => {
    const value = memory.u8[blocks[i]];
    heap.free(blocks[i]);
    blocks[i] = 0;
    return value;
  };

  return {
    round: (round) => {
      let x = seedOf(thread, round);
      let sum = 0;
      let calls = 0;
      let left = allocations;
      while (left > 0) {
        x = next(x);
        const from = below(places - window, x);
        for (let i = from; i < from + window; i += 1) {
          x = next(x);
          if (blocks[i] === 0) {
            const bytes = least + favourSmall(most - least, x);
            const block = heap.malloc(bytes);
            cover(block, bytes);
            touch(block, bytes, x);
            blocks[i] = block;
            sizes[i] = bytes;
            left -= 1;
          } else if ((x & 7) < 4) {
            sum = (sum + end(i)) | 0;
          } else if ((x & 7) === 4) {
            const bytes = sizes[i] * 2 > most ? Math.max(sizes[i] >>> 2, 1) : sizes[i] * 2;
            const block = heap.realloc(blocks[i], bytes);
            cover(block, bytes);
            sum = (sum + memory.u8[block]) | 0;
            touch(block, bytes, x);
            blocks[i] = block;
            sizes[i] = bytes;
          } else continue;
          calls += 1;
        }
      }
      for (let i = 0; i < places; i += 1) {
        if (blocks[i] === 0) continue;
        sum = (sum + end(i)) | 0;
        calls += 1;
      }
      return { sum, calls };
    },
  };
}

/** From 0 to `most`, below 1,024: the square of an even distribution. */
function favourSmall(most: number, x: number): number {
  const even = x >>> 22;
  return (even * even * (most + 1)) >>> 20;
}

export const phong: Workload = {
  name: "phong",
  source: "Hoard's benchmarks: 1,000,000 allocations of 10 to 1,024 bytes over all threads; half of a window freed, a quarter of the rest resized; here in rounds. Table and window are ours, since the description has no numbers for them",
  touches: "10 bytes spread over the block; the first is read back",
  parameters: { allocations: 100_000, blocks: 10_000, window: 256, least: 10, most: 1024 },
  quick: { allocations: 20_000, blocks: 4_000 },
  tiny: { allocations: 500, blocks: 200, window: 32 },
  sharedWords: noWords,
  part: partOf,
};
