/**
 * A server: each thread replaces random blocks of a table, and later another thread goes on with the table, so that blocks
 * are freed by threads that did not make them ("bleeding"). The original starts a new thread for each turn; here the
 * tables go round between the threads, one place a round, because starting a worker would be all that is measured.
 */
import { below, next, seedOf } from "./random.js";
import { touchesOf } from "./touch.js";
import type { Part, Stage, Workload } from "./workload.js";

function partOf({ heap, thread, threads, shared: tables, parameters: { blocks, replacements, least, most } }: Stage): Part {
  const { readFirst, writeFirst } = touchesOf(heap.memory);
  const range = most - least + 1;
  let seed = seedOf(thread, -1);
  for (let i = 0; i < blocks; i += 1) {
    seed = next(seed);
    const bytes = least + below(range, seed);
    const block = heap.malloc(bytes);
    writeFirst(block, bytes, i);
    tables[thread * blocks + i] = block;
  }
  return {
    round: (round) => {
      const table = ((thread + round) % threads) * blocks;
      let x = seedOf(thread, round);
      let sum = 0;
      for (let i = 0; i < replacements; i += 1) {
        x = next(x);
        const victim = table + below(blocks, x);
        const old = tables[victim] >>> 0;
        sum = (sum + readFirst(old)) | 0;
        heap.free(old);
        x = next(x);
        const bytes = least + below(range, x);
        const block = heap.malloc(bytes);
        writeFirst(block, bytes, x + bytes);
        tables[victim] = block;
      }
      return { sum, calls: 2 * replacements };
    },
    leave: () => {
      for (let i = 0; i < blocks; i += 1) heap.free(tables[thread * blocks + i] >>> 0);
    },
  };
}

export const larson: Workload = {
  name: "larson",
  source: "Larson and Krishnan, ISMM 1998, with the numbers of mimalloc-bench (larson 5 8 1000 5000 100 4141): 8 to 1,000 bytes, 5,000 blocks a thread, handed on after 100 * 5,000 replacements; Michael has 16 to 80 bytes and 1,024 blocks",
  touches: "first word",
  parameters: { least: 8, most: 1000, blocks: 5000, replacements: 500_000 },
  quick: { blocks: 1000, replacements: 50_000 },
  tiny: { blocks: 100, replacements: 1000 },
  sharedWords: ({ blocks }, threads) => threads * blocks,
  part: partOf,
};
