/**
 * Zeroed blocks, each freed when a thousand others have been made: what clearing costs, and whether it is done where memory is
 * known to be clear.
 */
import { next, seedOf, spreadSize } from "./random.js";
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, thread, parameters: { allocations, blocks: live } }: Stage): Part {
  const { memory } = heap;
  const { readBack, readLines, writeLines } = touchesOf(memory);
  const blocks = new Uint32Array(live);
  const doublings = 10; // 16 bytes to 16 KiB
  return {
    round: (round) => {
      let x = seedOf(thread, round);
      let sum = 0;
      for (let i = 0, place = 0; i < allocations + live; i += 1) {
        if (blocks[place] !== 0) {
          sum = (sum + readBack(blocks[place])) | 0;
          heap.free(blocks[place]);
          blocks[place] = 0;
        }
        if (i < allocations) {
          x = next(x);
          const bytes = spreadSize(doublings, x);
          const block = heap.calloc(1, bytes);
          sum = (sum + readLines(block, bytes)) | 0; // adds nothing
          writeLines(block, bytes, x + bytes);
          blocks[place] = block;
        }
        place = place + 1 === live ? 0 : place + 1;
      }
      return { sum, calls: 2 * allocations };
    },
  };
}

export const calloc: Workload = {
  name: "calloc",
  source: "ours: 16 bytes to 16 KiB, as many of each power of two, 1,000 live a thread, freed oldest first",
  touches: "first word of every cache line, read and written; the first is read back",
  parameters: { allocations: 20_000, blocks: 1000 },
  quick: { allocations: 10_000 },
  tiny: { allocations: 300, blocks: 50 },
  sharedWords: noWords,
  part: partOf,
};
