/**
 * A memory whose thread dies at a chosen step: every write and every atomic, through views or through methods, counts
 * as one, and when the count is up it is not done but {@link Killed} is thrown, from there on each time. To the other
 * threads of the heap that is what `worker.terminate()` looks like, and it can be had between any two steps.
 */
import { BufferBacking, Memory, ScriptMemory, type MemoryHandle } from "@heapwright/core";

export class Killed extends Error {}

export class MortalMemory extends Memory {
  private left = Infinity;
  private readonly inner: ScriptMemory;

  constructor(handle: MemoryHandle) {
    if (handle.kind !== "buffer") throw new RangeError("only for buffers");
    const backing = new BufferBacking(handle.buffer, handle.base, handle.maximumBytes);
    super(backing);
    this.inner = new ScriptMemory(backing);
    let view = this.watched(this.i32);
    Object.defineProperty(this, "i32", { get: () => view, set: (fresh: Int32Array) => (view = this.watched(fresh)) });
  }

  /** Lets the thread take so many more steps. */
  dieAfter(steps: number): void {
    this.left = steps;
  }

  live(): void {
    this.left = Infinity;
  }

  private step(): void {
    if (this.left <= 0) throw new Killed();
    this.left--;
  }

  private watched(view: Int32Array): Int32Array {
    const fill = (value: number, start: number, end: number): void => {
      for (let w = start; w < end; w++) {
        this.step();
        view[w] = value;
      }
    };
    return new Proxy(view, {
      get: (target, key) => (key === "fill" ? fill : Reflect.get(target, key, target)),
      set: (target, key, value) => {
        this.step();
        return Reflect.set(target, key, value, target);
      },
    });
  }

  private at(w: number): ScriptMemory {
    this.step();
    this.inner.reach(w * 4 + 3);
    return this.inner;
  }

  override load(w: number): number {
    return this.at(w).load(w);
  }

  override store(w: number, value: number): void {
    this.at(w).store(w, value);
  }

  override cas(w: number, expected: number, value: number): boolean {
    return this.at(w).cas(w, expected, value);
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    return this.at(w).cas2(w, low, high, newLow, newHigh);
  }

  override add(w: number, delta: number): number {
    return this.at(w).add(w, delta);
  }

  override exchange(w: number, value: number): number {
    return this.at(w).exchange(w, value);
  }

  override or(w: number, mask: number): number {
    return this.at(w).or(w, mask);
  }

  override and(w: number, mask: number): number {
    return this.at(w).and(w, mask);
  }

  override wait(w: number, expected: number, milliseconds: number): void {
    this.at(w).wait(w, expected, milliseconds);
  }

  override notify(w: number, count: number): void {
    this.at(w).notify(w, count);
  }

  override fill(address: number, bytes: number, value: number): void {
    this.at(Math.floor((address + bytes - 1) / 4)).fill(address, bytes, value);
  }

  override copy(to: number, from: number, bytes: number): void {
    this.at(Math.floor((Math.max(to, from) + bytes - 1) / 4)).copy(to, from, bytes);
  }
}
