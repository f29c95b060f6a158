/**
 * A pair of malloc and free, over and over: what a call costs when the allocator has just what is wanted at hand.
 */
import { touchesOf } from "./touch.js";
import { noWords, type Part, type Stage, type Workload } from "./workload.js";

function partOf({ heap, parameters: { pairs, bytes } }: Stage): Part {
  const { readBack, writeFirst } = touchesOf(heap.memory);
  return {
    round: (round) => {
      let sum = 0;
      for (let i = 0; i < pairs; i += 1) {
        const block = heap.malloc(bytes);
        writeFirst(block, bytes, i + round);
        sum = (sum + readBack(block)) | 0;
        heap.free(block);
      }
      return { sum, calls: 2 * pairs };
    },
  };
}

export const linuxScalability: Workload = {
  name: "linux-scalability",
  source: "Lever and Boreham, USENIX 2000, as in Michael, PLDI 2004: 10,000,000 pairs of 8 bytes a thread; here in rounds",
  touches: "first word, which the original leaves alone",
  parameters: { pairs: 500_000, bytes: 8 },
  quick: { pairs: 200_000 },
  tiny: { pairs: 500 },
  sharedWords: noWords,
  part: partOf,
};
