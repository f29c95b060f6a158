/**
 * A pair of malloc and free, over and over: what a call costs when the allocator has just what is wanted at hand.
 */
import type { Arena } from "./arena.js";
import { readBack, writeFirst } from "./touch.js";
import { noWords, Part, type Stage, type Workload } from "./workload.js";

class LinuxScalability extends Part {
  readonly #heap: Arena;
  readonly #pairs: number;
  readonly #bytes: number;

  constructor({ heap, parameters: { pairs, bytes } }: Stage) {
    super();
    this.#heap = heap;
    this.#pairs = pairs;
    this.#bytes = bytes;
  }

  round(round: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const [pairs, bytes] = [this.#pairs, this.#bytes];
    let sum = 0;
    for (let i = 0; i < pairs; i += 1) {
      const block = heap.malloc(bytes);
      writeFirst(memory, block, bytes, i + round);
      sum = (sum + readBack(memory, block)) | 0;
      heap.free(block);
    }
    this.calls = 2 * pairs;
    return sum;
  }
}

export const linuxScalability: Workload = {
  name: "linux-scalability",
  source: "Lever and Boreham, USENIX 2000, as in Michael, PLDI 2004: 10,000,000 pairs of 8 bytes a thread; here in rounds",
  touches: "first word, which the original leaves alone",
  parameters: { pairs: 500_000, bytes: 8 },
  quick: { pairs: 200_000 },
  tiny: { pairs: 500 },
  sharedWords: noWords,
  part: (stage) => new LinuxScalability(stage),
};
