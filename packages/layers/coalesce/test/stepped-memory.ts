/**
 * A memory that calls {@link SteppedMemory.onStep} before every access, so that a test can stop a thread there for ever
 * (by throwing) or let another one run (by calling it). Threads share the buffer and have a memory each, as real ones do.
 */
import { BufferBacking, ScriptMemory, type MemoryHandle } from "@heapwright/core";

/** What a simulated thread dies of. */
class Death extends Error {}

export class SteppedMemory extends ScriptMemory {
  onStep: (() => void) | undefined = undefined;

  private constructor(handle: MemoryHandle & { readonly kind: "buffer" }) {
    super(new BufferBacking(handle.buffer, handle.base, handle.maximumBytes));
    let real = this.i32;
    let watched = this.watch(real);
    Object.defineProperty(this, "i32", {
      get: () => (this.onStep === undefined ? real : watched),
      set: (view: Int32Array) => {
        real = view;
        watched = this.watch(view);
      },
    });
  }

  static open(handle: MemoryHandle): SteppedMemory {
    if (handle.kind !== "buffer") throw new RangeError("only buffers can be stepped through");
    return new SteppedMemory(handle);
  }

  private watch(view: Int32Array): Int32Array {
    return new Proxy(view, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value === "function" || (typeof key === "string" && /^\d/.test(key))) this.onStep?.();
        return typeof value === "function" ? (value as (...all: unknown[]) => unknown).bind(target) : value;
      },
      set: (target, key, value: number) => {
        this.onStep?.();
        return Reflect.set(target, key, value, target);
      },
    });
  }

  /** One access, of which the parts are no steps of their own. */
  private step<T>(access: () => T): T {
    const { onStep } = this;
    onStep?.();
    this.onStep = undefined;
    try {
      return access();
    } finally {
      this.onStep = onStep;
    }
  }

  override load(w: number): number {
    return this.step(() => super.load(w));
  }

  override store(w: number, value: number): void {
    this.step(() => super.store(w, value));
  }

  override cas(w: number, expected: number, value: number): boolean {
    return this.step(() => super.cas(w, expected, value));
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    return this.step(() => super.cas2(w, low, high, newLow, newHigh));
  }

  override add(w: number, delta: number): number {
    return this.step(() => super.add(w, delta));
  }

  override exchange(w: number, value: number): number {
    return this.step(() => super.exchange(w, value));
  }

  override or(w: number, mask: number): number {
    return this.step(() => super.or(w, mask));
  }

  override and(w: number, mask: number): number {
    return this.step(() => super.and(w, mask));
  }

  override fill(address: number, bytes: number, value: number): void {
    this.step(() => super.fill(address, bytes, value));
  }

  override copy(to: number, from: number, bytes: number): void {
    this.step(() => super.copy(to, from, bytes));
  }

  /** Runs `operation` with `act` called before access number `at`, counted from 0. @returns whether it came so far */
  runUntil(at: number, act: () => unknown, operation: () => unknown): boolean {
    let steps = 0;
    this.onStep = () => {
      if (steps++ !== at) return;
      this.onStep = undefined;
      act();
    };
    try {
      operation();
    } finally {
      this.onStep = undefined;
    }
    return steps > at;
  }

  /**
   * Runs `operation` and dies before access number `at`; what a `finally` still tries to do does not happen, either.
   * @returns whether it came so far; if not, it finished
   */
  dieAt(at: number, operation: () => unknown): boolean {
    let steps = 0;
    this.onStep = () => {
      if (steps++ >= at) throw new Death(`died at access ${at}`);
    };
    try {
      operation();
      return false;
    } catch (error) {
      if (error instanceof Death) return true;
      throw error;
    } finally {
      this.onStep = undefined;
    }
  }
}

/**
 * The same buffer with the same contents, for the next try. Each copy is written over the one before, unless that has grown: to get
 * fresh pages from the system takes much longer than to copy.
 */
export class Copies {
  private buffer: SharedArrayBuffer | undefined;

  constructor(private readonly original: MemoryHandle) {}

  /** Puts an end to the copy before. */
  next(): MemoryHandle {
    const { original } = this;
    if (original.kind !== "buffer") throw new RangeError("only buffers can be copied");
    const { byteLength } = original.buffer;
    if (this.buffer?.byteLength !== byteLength) this.buffer = new SharedArrayBuffer(byteLength, { maxByteLength: original.maximumBytes });
    new Uint8Array(this.buffer).set(new Uint8Array(original.buffer));
    return { ...original, buffer: this.buffer };
  }
}
