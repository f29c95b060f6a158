/**
 * What a thread costs that stops for ever inside a call. One is stopped before one access after the other, plain ones of
 * words included, and then reclaimed; somebody frees its blocks, as a successor would. What then is still not free is lost.
 */
import type { Heap } from "@heapwright/core";
import { runSteps } from "./step-limit.js";
import type { System } from "./system.js";

const PLACES = 120;

/** @returns the most bytes that any death has cost. @throws Error when the heap is not whole, or does not serve, after one */
export function observeLostBytes(system: System): number {
  const { steps } = new Victim(system).work(Infinity);
  const stride = Math.max(1, Math.floor(steps / PLACES));
  let most = 0;
  for (let at = 0; at < steps; at += stride) {
    const victim = new Victim(system);
    victim.work(at);
    most = Math.max(most, victim.cost());
  }
  return most;
}

class Victim {
  readonly #system: System;
  readonly #witness: Heap;
  readonly #heap: Heap;
  /** Blocks that are live; one that is about to be freed is taken out before, one that was allocated put in after. */
  readonly #blocks = new Set<number>();

  constructor(system: System) {
    this.#system = system;
    this.#witness = system.create(2 ** 23);
    this.#heap = system.preset.attach(this.#witness.handle);
    // of every other size, so that the thread that dies finds memory for some, and has to get it for the rest
    for (const bytes of system.sizes.filter((_, i) => i % 2 === 0)) {
      for (let i = 0; i < 10; i++) this.#blocks.add(this.#witness.malloc(bytes));
    }
  }

  work(limit: number): { steps: number } {
    const theirs = [...this.#blocks];
    return runSteps(this.#heap.memory, limit, "all words", () => {
      for (const bytes of this.#system.sizes) {
        const mine = Array.from({ length: 4 }, () => this.#allocate(bytes));
        mine.slice(1).forEach((block) => this.#free(block));
      }
      theirs.forEach((block) => this.#free(block));
    });
  }

  #allocate(bytes: number): number {
    const block = this.#heap.malloc(bytes);
    this.#blocks.add(block);
    return block;
  }

  #free(block: number): void {
    this.#blocks.delete(block);
    this.#heap.free(block);
  }

  /** Reclaims it and frees what it had. @returns bytes that nobody will ever be given again */
  cost(): number {
    const witness = this.#witness;
    if (!witness.reclaim(this.#heap.threadId)) throw new Error("the dead thread cannot be reclaimed");
    for (const bytes of this.#system.sizes) {
      const blocks = Array.from({ length: 20 }, () => witness.malloc(bytes));
      if (blocks.includes(0)) throw new Error(`no memory for ${bytes} bytes after a death`);
      blocks.forEach((block) => witness.free(block));
    }
    this.#blocks.forEach((block) => witness.free(block));
    witness.check();
    let lost = 0;
    witness.walk(({ state, bytes }) => {
      if (state === "live" || state === "lost") lost += bytes;
    });
    return lost;
  }
}
