/**
 * A memory that lets something else happen between two steps of the thread that uses it: before every access to words
 * that threads share it calls a function, which may run whole operations of other simulated threads. So interleavings of
 * several threads can be driven by hand, or at random, in one process, one thread nested in the other.
 */
import { BufferBacking, ScriptMemory, type MemoryHandle } from "@heapwright/core";

export type Step = "load" | "store" | "cas" | "cas2" | "add" | "exchange" | "or" | "and" | "racyLoad";

/** @param w word index of the access that is about to be made */
export type BeforeStep = (step: Step, w: number) => void;

export class SteeredMemory extends ScriptMemory {
  beforeStep: BeforeStep = () => {};

  override load(w: number): number {
    this.beforeStep("load", w);
    return super.load(w);
  }

  override store(w: number, value: number): void {
    this.beforeStep("store", w);
    super.store(w, value);
  }

  override cas(w: number, expected: number, value: number): boolean {
    this.beforeStep("cas", w);
    return super.cas(w, expected, value);
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    this.beforeStep("cas2", w);
    return super.cas2(w, low, high, newLow, newHigh);
  }

  override add(w: number, delta: number): number {
    this.beforeStep("add", w);
    return super.add(w, delta);
  }

  override exchange(w: number, value: number): number {
    this.beforeStep("exchange", w);
    return super.exchange(w, value);
  }

  override or(w: number, mask: number): number {
    this.beforeStep("or", w);
    return super.or(w, mask);
  }

  override and(w: number, mask: number): number {
    this.beforeStep("and", w);
    return super.and(w, mask);
  }

  override racyLoad(w: number): number {
    this.beforeStep("racyLoad", w);
    return super.racyLoad(w);
  }
}

/** Opens a buffer's handle; anything else is opened as always. */
export function openSteered(handle: MemoryHandle): SteeredMemory {
  if (handle.kind !== "buffer") throw new Error(`cannot steer a memory of kind ${handle.kind}`);
  return new SteeredMemory(new BufferBacking(handle.buffer, handle.base, handle.maximumBytes));
}

