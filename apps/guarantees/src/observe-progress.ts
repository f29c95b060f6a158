/**
 * What becomes of others while threads stand still. A thread is stopped before one access after the other; another must
 * then be able to allocate and free, anything and within a bounded number of accesses. If one that stands still can keep
 * it from that, the heap is blocking; if only two can, it is almost lock-free.
 */
import type { Heap, Progress } from "@heapwright/core";
import { runSteps } from "./step-limit.js";
import type { System } from "./system.js";

/** So many accesses are more than what is asked for takes, by a factor of ten and more. */
const PATIENCE = 200_000;
/** At most so many places to stop at are tried. */
const PLACES = 100;

export function observeProgress(system: System): Progress {
  if (heldUpBy(system, 1)) return "blocking";
  return heldUpBy(system, 2) ? "almost-lock-free" : "lock-free";
}

function heldUpBy(system: System, count: number): boolean {
  const steps = stepsOfVictim(system);
  const stride = Math.max(1, Math.floor(steps / PLACES));
  for (let at = 0; at < steps; at += stride) {
    const scene = new Scene(system);
    for (let i = 0; i < count; i++) scene.stop(at);
    if (!scene.othersGoOn()) return true;
  }
  return false;
}

function stepsOfVictim(system: System): number {
  const scene = new Scene(system);
  return scene.stop(Infinity);
}

/** A heap with blocks in it, and threads that come and go wrong. */
class Scene {
  readonly #system: System;
  readonly #heap: Heap;
  readonly #largest: number;
  /** Blocks of every size, for others to free. */
  readonly #blocks: number[];

  constructor(system: System) {
    this.#system = system;
    this.#heap = system.create(2 ** 23);
    this.#largest = Math.max(...system.sizes);
    this.#blocks = system.sizes.flatMap((bytes) => Array.from({ length: 10 }, () => this.#heap.malloc(bytes)));
  }

  /** Another thread works until it is stopped before atomic access number `limit`. @returns how far it came */
  stop(limit: number): number {
    const heap = this.#join();
    const mine = this.#blocks.splice(0, this.#system.sizes.length);
    return runSteps(heap.memory, limit, "atomics", () => {
      for (const bytes of this.#system.sizes) {
        const block = heap.malloc(bytes);
        heap.malloc(bytes);
        heap.free(block);
      }
      mine.forEach((block) => heap.free(block));
    }).steps;
  }

  /** Whether another thread can allocate, more than what is at hand, and free. */
  othersGoOn(): boolean {
    const heap = this.#join();
    let refusals = 0;
    const { stopped } = runSteps(heap.memory, PATIENCE, "atomics", () => {
      for (const bytes of this.#system.sizes) {
        const blocks = Array.from({ length: bytes < this.#largest ? 40 : 200 }, () => heap.malloc(bytes));
        refusals += blocks.filter((block) => block === 0).length;
        blocks.forEach((block) => heap.free(block));
      }
      this.#blocks.forEach((block) => heap.free(block));
    });
    return !stopped && refusals === 0;
  }

  #join(): Heap {
    return this.#system.preset.attach(this.#heap.handle);
  }
}
