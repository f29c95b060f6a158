/**
 * Passive false sharing: the same as active-false, but each thread first frees a block that thread 0 made for it beside the
 * others'. An allocator that gives a thread what it freed hands it its part of a line that others write.
 */
import { FALSE_SHARING, pairsOf } from "./active-false.js";
import { touchesOf } from "./touch.js";
import type { Part, Stage, Workload } from "./workload.js";

function partOf(stage: Stage): Part {
  const { heap, thread, threads, shared, parameters: { pairs, bytes } } = stage;
  const { readFirst, writeFirst } = touchesOf(heap.memory);
  const play = pairsOf(stage);
  return {
    before: (round) => {
      for (let other = 0; other < threads; other += 1) {
        const block = heap.malloc(bytes);
        writeFirst(block, bytes, other + round);
        shared[other] = block;
      }
    },
    round: () => {
      const handed = shared[thread] >>> 0;
      const sum = readFirst(handed);
      heap.free(handed);
      return { sum: (sum + play()) | 0, calls: 2 * pairs + 1 };
    },
  };
}

export const passiveFalse: Workload = {
  name: "passive-false",
  source: "Berger et al., ASPLOS 2000 (Hoard's cache-scratch), as in Michael, PLDI 2004: as active-false, after freeing a block that another thread made",
  touches: "every byte, as often as `writes` says, written and read",
  ...FALSE_SHARING,
  sharedWords: (_, threads) => threads,
  part: partOf,
};
