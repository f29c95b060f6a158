/**
 * A server of unequal threads: sizes are powers of two, some blocks live until the next round, some are left in a table that
 * all threads share and freed by whoever takes their place. Contents are checked whoever frees them.
 */
import { below, next, seedOf } from "./random.js";
import { touchesOf } from "./touch.js";
import type { Part, Stage, Workload } from "./workload.js";

function partOf({ heap, thread, shared: transfer, parameters: { scale } }: Stage): Part {
  const { readFirst, writeLines } = touchesOf(heap.memory);
  const transfers = transfer.length;
  const allocations = 100 * scale * ((thread % 8) + 1);
  const half = allocations >>> 1;
  /** Blocks of this round. */
  const young = new Uint32Array(allocations);
  /** Blocks that stay until the next; two rounds have room. */
  const kept = new Uint32Array(2 * half);
  let [keptFrom, keptTo] = [0, 0];

  const end = (block: number): number => {
    const value = readFirst(block);
    heap.free(block);
    return value;
  };

  const endAll = (blocks: Uint32Array, from: number, to: number): number => {
    let sum = 0;
    for (let i = from; i < to; i += 1) sum = (sum + end(blocks[i])) | 0;
    return sum;
  };

  return {
    round: (round) => {
      const keepFrom = half - keptFrom;
      const keepTo = keepFrom + half;
      let x = seedOf(thread, round);
      let sum = 0;
      let calls = 0;
      let youngCount = 0;
      let keep = keepFrom;
      let left = allocations;
      while (left > 0 || keep < keepTo) {
        x = next(x);
        const bytes = sizeOf(x);
        const block = heap.malloc(bytes);
        writeLines(block, bytes, x);
        calls += 1;
        if (keep === keepTo || ((x & 0x100) !== 0 && left > 0)) {
          young[youngCount++] = block;
          left -= 1;
        } else kept[keep++] = block;
        x = next(x);
        if (youngCount === 0) continue;
        if ((x & 3) !== 0) { // 75 % where the original has 66
          const victim = below(youngCount, x);
          sum = (sum + end(young[victim])) | 0;
          young[victim] = young[--youngCount];
        } else {
          youngCount -= 1;
          const old = Atomics.exchange(transfer, below(transfers, x), young[youngCount]) >>> 0;
          if (old !== 0) sum = (sum + end(old)) | 0;
        }
        calls += 1;
      }
      sum = (sum + endAll(young, 0, youngCount) + endAll(kept, keptFrom, keptTo)) | 0;
      calls += youngCount + keptTo - keptFrom;
      [keptFrom, keptTo] = [keepFrom, keepTo];
      return { sum, calls };
    },
    after: () => {
      let sum = 0;
      for (let i = 0; i < transfers; i += 1) {
        if (transfer[i] !== 0) sum = (sum + end(transfer[i] >>> 0)) | 0;
        transfer[i] = 0;
      }
      return sum;
    },
    leave: () => endAll(kept, keptFrom, keptTo),
  };
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
  part: partOf,
};
