/**
 * Memory through JavaScript's own Atomics: works on any buffer, in every engine. Each atomic is a call of 9 to 13 ns
 * in V8 11.3 to 14.6.
 */
import type { Backing } from "./backing.js";
import { Memory } from "./memory.js";
import { zeroShort } from "./zeroing.js";

/** Zeroing so many bytes takes no longer by stores than by a call. */
const SHORT = 256;

export class ScriptMemory extends Memory {
  // Expected and new value of cas2, as halves and as the BigInts that Atomics wants. Reading a BigInt out of a view
  // takes half the time of shifting and or-ing one together (V8 11.3), and is right on either byte order.
  readonly #halves = new Int32Array(4);
  readonly #pairs = new BigInt64Array(this.#halves.buffer);

  constructor(backing: Backing) {
    super(backing);
  }

  override load(w: number): number {
    return Atomics.load(this.i32, w);
  }

  override store(w: number, value: number): void {
    Atomics.store(this.i32, w, value | 0);
  }

  override cas(w: number, expected: number, value: number): boolean {
    return Atomics.compareExchange(this.i32, w, expected | 0, value | 0) === (expected | 0);
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    const halves = this.#halves;
    halves[0] = low;
    halves[1] = high;
    halves[2] = newLow;
    halves[3] = newHigh;
    const expected = this.#pairs[0];
    return Atomics.compareExchange(this.i64, w >>> 1, expected, this.#pairs[1]) === expected;
  }

  override add(w: number, delta: number): number {
    return Atomics.add(this.i32, w, delta | 0);
  }

  override exchange(w: number, value: number): number {
    return Atomics.exchange(this.i32, w, value | 0);
  }

  override or(w: number, mask: number): number {
    return Atomics.or(this.i32, w, mask | 0);
  }

  override and(w: number, mask: number): number {
    return Atomics.and(this.i32, w, mask | 0);
  }

  override fill(address: number, bytes: number, value: number): void {
    if (value !== 0 || (address & 7) !== 0) this.u8.fill(value, address, address + bytes);
    else if (bytes <= SHORT) zeroShort(this, address, bytes);
    else this.zeroLong(address, bytes);
  }

  private zeroLong(address: number, bytes: number): void {
    const first = address >>> 3;
    const end = first + Math.floor(bytes / 8);
    this.f64.fill(0, first, end);
    this.u8.fill(0, end * 8, address + bytes);
  }

  override copy(to: number, from: number, bytes: number): void {
    this.u8.copyWithin(to, from, from + bytes);
  }
}
