/**
 * Passive false sharing: the same as active-false, but each thread first frees a block that thread 0 made for it beside the
 * others'. An allocator that gives a thread what it freed hands it its part of a line that others write.
 */
import { ActiveFalse, FALSE_SHARING } from "./active-false.js";
import { readFirst, writeFirst } from "./touch.js";
import type { Stage, Workload } from "./workload.js";

class PassiveFalse extends ActiveFalse {
  readonly #shared: Int32Array;
  readonly #thread: number;

  constructor(stage: Stage) {
    super(stage);
    this.#shared = stage.shared;
    this.#thread = stage.thread;
  }

  override before(round: number): void {
    for (let thread = 0; thread < this.#shared.length; thread += 1) {
      const block = this.heap.malloc(this.bytes);
      writeFirst(this.heap.memory, block, this.bytes, thread + round);
      this.#shared[thread] = block;
    }
  }

  override round(round: number): number {
    const handed = this.#shared[this.#thread] >>> 0;
    const sum = readFirst(this.heap.memory, handed);
    this.heap.free(handed);
    const rest = super.round(round);
    this.calls += 1;
    return (sum + rest) | 0;
  }
}

export const passiveFalse: Workload = {
  name: "passive-false",
  source: "Berger et al., ASPLOS 2000 (Hoard's cache-scratch), as in Michael, PLDI 2004: as active-false, after freeing a block that another thread made",
  touches: "every byte, as often as `writes` says, written and read",
  ...FALSE_SHARING,
  sharedWords: (_, threads) => threads,
  part: (stage) => new PassiveFalse(stage),
};
