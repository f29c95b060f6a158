/**
 * Vectors that grow by half, all in turn, so that none can simply grow into what lies behind it: the pattern of buffers
 * and tables that do not know how large they will get.
 */
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, parameters: { vectors: count, cycles, least, most } }: Stage): Part {
  const { readFirst, writeLines } = touchesOf(heap.memory);
  const vectors = new Uint32Array(count);
  return {
    round: (round) => {
      let sum = 0;
      let calls = 0;
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        for (let i = 0; i < count; i += 1) {
          vectors[i] = heap.malloc(least);
          writeLines(vectors[i], least, i + round);
        }
        calls += 2 * count;
        for (let bytes = least, old = 0; bytes < most;) {
          old = bytes;
          bytes += bytes >>> 1;
          for (let i = 0; i < count; i += 1) {
            const vector = heap.realloc(vectors[i], bytes);
            sum = (sum + readFirst(vector)) | 0;
            writeLines(vector + old, bytes - old, bytes);
            vectors[i] = vector;
          }
          calls += count;
        }
        for (let i = 0; i < count; i += 1) {
          sum = (sum + readFirst(vectors[i])) | 0;
          heap.free(vectors[i]);
        }
      }
      return { sum, calls };
    },
  };
}

export const reallocGrowth: Workload = {
  name: "realloc-growth",
  source: "ours: 100 vectors a thread, grown in turn from 16 bytes by half each time to more than 64 KiB",
  touches: "first word of every 64 bytes that a vector has grown by; its first word is read back each time",
  parameters: { vectors: 100, cycles: 2, least: 16, most: 65_536 },
  quick: { cycles: 1 },
  tiny: { vectors: 10, cycles: 1, most: 4096 },
  sharedWords: noWords,
  part: partOf,
};
