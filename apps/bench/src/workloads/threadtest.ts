/**
 * Many blocks of one size, then all freed in order: how an allocator makes room for a class and takes it back.
 */
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, parameters: { iterations, objects, bytes } }: Stage): Part {
  const { readBack, writeFirst } = touchesOf(heap.memory);
  const blocks = new Uint32Array(objects);
  return {
    round: (round) => {
      let sum = 0;
      for (let iteration = 0; iteration < iterations; iteration += 1) {
        for (let i = 0; i < objects; i += 1) {
          const block = heap.malloc(bytes);
          writeFirst(block, bytes, i + round);
          blocks[i] = block;
        }
        for (let i = 0; i < objects; i += 1) {
          sum = (sum + readBack(blocks[i])) | 0;
          heap.free(blocks[i]);
        }
      }
      return { sum, calls: 2 * iterations * objects };
    },
  };
}

export const threadtest: Workload = {
  name: "threadtest",
  source: "Berger et al., ASPLOS 2000 (Hoard), as in Michael, PLDI 2004: 100 iterations of 100,000 mallocs of 8 bytes a thread, freed in order; here in rounds",
  touches: "first word",
  parameters: { iterations: 4, objects: 100_000, bytes: 8 },
  quick: { iterations: 2, objects: 20_000 },
  tiny: { iterations: 2, objects: 300 },
  sharedWords: noWords,
  part: partOf,
};
