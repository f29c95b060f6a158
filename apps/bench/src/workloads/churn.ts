/**
 * Random blocks of a large live set are replaced: neither blocks nor what the allocator knows of them are in a cache, and
 * free memory lies wherever the last victim was.
 */
import { next, seedOf, spreadSize } from "./random.js";
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, thread, parameters: { blocks: live, replacements } }: Stage): Part {
  const { memory } = heap;
  const { readBack, writeLines } = touchesOf(memory);
  const blocks = new Uint32Array(live);
  const doublings = 5; // 16 to 511 bytes
  let seed = seedOf(thread, -1);
  for (let i = 0; i < live; i += 1) {
    seed = next(seed);
    const bytes = spreadSize(doublings, seed);
    blocks[i] = heap.malloc(bytes);
    writeLines(blocks[i], bytes, seed);
  }
  return {
    round: (round) => {
      let x = seedOf(thread, round);
      let sum = 0;
      for (let i = 0; i < replacements; i += 1) {
        x = next(x);
        const victim = (x >>> 0) % live;
        sum = (sum + readBack(blocks[victim])) | 0;
        heap.free(blocks[victim]);
        x = next(x);
        const bytes = spreadSize(doublings, x);
        const block = heap.malloc(bytes);
        writeLines(block, bytes, x + bytes);
        blocks[victim] = block;
      }
      return { sum, calls: 2 * replacements };
    },
    leave: () => blocks.forEach((block) => heap.free(block)),
  };
}

export const churn: Workload = {
  name: "churn",
  source: "ours: 200,000 live blocks a thread of 16 to 511 bytes, as many of each power of two, replaced at random",
  touches: "first word of every cache line; the first is read back",
  parameters: { blocks: 200_000, replacements: 50_000 },
  quick: { blocks: 20_000, replacements: 20_000 },
  tiny: { blocks: 500, replacements: 500 },
  sharedWords: noWords,
  part: partOf,
};
