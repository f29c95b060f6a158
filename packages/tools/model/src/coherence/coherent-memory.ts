/**
 * The memory of one core of a {@link Machine}: each access, plain ones included, takes effect at once and moves the core's
 * clock. Nothing runs beside it, so plain words serve for atomic ones, and nobody ever finds a lock taken: that a lock
 * was held shows as waiting for its line, which its holder keeps busy up to the release.
 *
 * A lock is known by its use: a word that is changed by compare-and-swap from 0, and back to 0 in the same operation.
 */
import { BufferBacking, Memory } from "@heapwright/core";
import { watchedView } from "../watched-view.js";
import type { Kind, Machine, Use } from "./machine.js";

const LINE_BYTES = 64;

export class CoherentMemory extends Memory {
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  /** Words that this core took, and in which operation. */
  private readonly held = new Map<number, number>();

  /** @param buffer as long as it will ever be: a simulated memory does not grow */
  constructor(
    private readonly machine: Machine,
    private readonly core: number,
    buffer: ArrayBufferLike,
  ) {
    super(new BufferBacking(buffer, 0, buffer.byteLength));
    this.bytes = this.u8;
    this.words = this.i32;
    this.i8 = watchedView(this, Int8Array);
    this.u8 = watchedView(this, Uint8Array);
    this.i16 = watchedView(this, Int16Array);
    this.u16 = watchedView(this, Uint16Array);
    this.i32 = watchedView(this, Int32Array);
    this.u32 = watchedView(this, Uint32Array);
    this.f32 = watchedView(this, Float32Array);
    this.f64 = watchedView(this, Float64Array);
  }

  private access(w: number, use: Use, kind: Kind): number {
    return this.machine.access(this.core, w, use, kind);
  }

  /** For the views: one plain read, of a word or of two in one line. */
  plainRead(w: number, _span: number, read: () => number): number {
    this.access(w, "read", "plain");
    return read();
  }

  /** For the views. */
  plainWrite(w: number, value: () => number): void {
    this.access(w, "write", "plain");
    this.words[w] = value();
  }

  override racyLoad(w: number): number {
    this.access(w, "read", "plain");
    return this.words[w];
  }

  /** Costs what a plain read does, as on common processors. */
  override load(w: number): number {
    return this.racyLoad(w);
  }

  override store(w: number, value: number): void {
    this.exchange(w, value);
  }

  override cas(w: number, expected: number, value: number): boolean {
    // one that fails takes the line from others all the same
    const waited = this.access(w, "write", "atomic");
    if (this.words[w] !== (expected | 0)) return false;
    this.words[w] = value;
    if (expected === 0) this.take(w, waited);
    else if (value === 0 && this.held.get(w) === this.machine.operations) this.machine.addLock(w);
    return true;
  }

  private take(w: number, waited: number): void {
    this.held.set(w, this.machine.operations);
    this.machine.taken(this.core, w, waited);
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    this.access(w, "write", "atomic");
    const { words } = this;
    if (words[w] !== (low | 0) || words[w + 1] !== (high | 0)) return false;
    words[w] = newLow;
    words[w + 1] = newHigh;
    return true;
  }

  private change(w: number, value: number): number {
    this.access(w, "write", "atomic");
    const before = this.words[w];
    this.words[w] = value;
    return before;
  }

  override exchange(w: number, value: number): number {
    return this.change(w, value);
  }

  override add(w: number, delta: number): number {
    return this.change(w, this.words[w] + delta);
  }

  override or(w: number, mask: number): number {
    return this.change(w, this.words[w] | mask);
  }

  override and(w: number, mask: number): number {
    return this.change(w, this.words[w] & mask);
  }

  /** One access a line. */
  override fill(address: number, bytes: number, value: number): void {
    this.touch(address, bytes, "write");
    this.bytes.fill(value, address, address + bytes);
  }

  /** One read and one write a line. */
  override copy(to: number, from: number, bytes: number): void {
    this.touch(from, bytes, "read");
    this.touch(to, bytes, "write");
    this.bytes.copyWithin(to, from, from + bytes);
  }

  private touch(address: number, bytes: number, use: Use): void {
    for (let at = address - (address % LINE_BYTES); at < address + bytes; at += LINE_BYTES) this.access(at >>> 2, use, "plain");
  }

  /** Nobody has anything to wait for. */
  override wait(): void {}

  override notify(): void {}
}
