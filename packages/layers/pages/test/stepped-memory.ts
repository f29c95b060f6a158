/**
 * A memory whose thread can be stopped before any of its steps on shared words, to let another one run there, or to end
 * it there for good.
 */
import { BufferBacking, ScriptMemory, type MemoryHandle } from "@heapwright/core";

/** Thrown out of an operation to end its thread: no code of ours catches it, just as none runs after a kill. */
export class Killed extends Error {}

export class SteppedMemory extends ScriptMemory {
  private steps = 0;
  private before: ((step: number) => void) | undefined;

  /** Runs `operation` and `before(n)` before its n-th step, from 1. Steps that `before` itself causes do not count. @returns the number of steps */
  during(operation: () => void, before: (step: number) => void): number {
    this.steps = 0;
    this.before = before;
    try {
      operation();
    } finally {
      this.before = undefined;
    }
    return this.steps;
  }

  /** One step; also for steps that are no call of a method, which tests announce themselves. */
  step(): void {
    const { before } = this;
    if (before === undefined) return;
    this.steps++;
    this.before = undefined;
    before(this.steps);
    this.before = before;
  }

  override racyLoad(w: number): number {
    this.step();
    return super.racyLoad(w);
  }

  override load(w: number): number {
    this.step();
    return super.load(w);
  }

  override store(w: number, value: number): void {
    this.step();
    super.store(w, value);
  }

  override cas(w: number, expected: number, value: number): boolean {
    this.step();
    return super.cas(w, expected, value);
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    this.step();
    return super.cas2(w, low, high, newLow, newHigh);
  }

  override add(w: number, delta: number): number {
    this.step();
    return super.add(w, delta);
  }

  override or(w: number, mask: number): number {
    this.step();
    return super.or(w, mask);
  }

  override and(w: number, mask: number): number {
    this.step();
    return super.and(w, mask);
  }

  override grow(bytes: number): boolean {
    this.step();
    return super.grow(bytes);
  }

  /** In pieces of 8 bytes: nobody promised that a fill happens at once. */
  override fill(address: number, bytes: number, value: number): void {
    for (let at = 0; at < bytes; at += 8) {
      this.step();
      super.fill(address + at, Math.min(8, bytes - at), value);
    }
  }
}

/** Opens a buffer so that its thread can be stepped. */
export function openStepped(handle: MemoryHandle): SteppedMemory {
  if (handle.kind !== "buffer") throw new Error("only buffers are stepped");
  return new SteppedMemory(new BufferBacking(handle.buffer, handle.base, handle.maximumBytes));
}
