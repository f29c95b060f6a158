/** Heaps that are sound as long as threads take turns, and are not when they do not or when one dies. */
import { definePreset } from "@heapwright/combine";
import { oneOf, type HeapOptions, type Progress } from "@heapwright/core";
import { FirstFit } from "./first-fit.js";

export type ThreadFlaw = "takes no lock" | "waits for nobody" | "leaves a dead thread's lock" | "claims to be lock-free";

export interface FlawedOptions extends HeapOptions {
  flaw: ThreadFlaw;
}

class Unlocked extends FirstFit {
  protected override locked<T>(action: () => T): T {
    this.memory.reach(this.memory.maximumBytes - 1);
    return action();
  }
}

class Impatient extends FirstFit {
  override allocate(bytes: number): number {
    return this.memory.load(this.lockWord) === 0 ? super.allocate(bytes) : 0;
  }
}

class KeepsLocks extends FirstFit {
  override reclaim(): void {}
}

class Boasting extends FirstFit {
  override readonly progress: Progress = "lock-free";
}

const VARIANTS = { "takes no lock": Unlocked, "waits for nobody": Impatient, "leaves a dead thread's lock": KeepsLocks, "claims to be lock-free": Boasting };
const THREAD_FLAWS = Object.keys(VARIANTS) as ThreadFlaw[];

export const flawedFirstFit = definePreset<FlawedOptions, { flaw: ThreadFlaw }>({
  name: "flawed-first-fit",
  progress: "blocking",
  settings: ({ flaw }) => ({ flaw: oneOf("flaw", flaw, THREAD_FLAWS) }),
  build(root, { flaw }) {
    const chain = new VARIANTS[flaw](root);
    return { allocator: chain, pages: chain.pages() };
  },
});
