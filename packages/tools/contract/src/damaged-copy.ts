/**
 * What becomes of a heap whose bookkeeping was damaged unnoticed: one more thread joins a copy of it and works. It may
 * be refused, it may be told of corruption, it may find less memory; it must not hang, fail in another way, or be given
 * bytes that are somebody else's. Overlap after one wrong word is what attacks on allocators are made of (ArcHeap,
 * USENIX Security 2020, has the same oracle).
 */
import { AttachError, HeapCorruptionError, InvalidAddressError, type Heap, type HeapHandle, type Preset } from "@heapwright/core";
import { demand, show } from "./violation.js";

/** First and behind last address of a block. */
export type Extent = readonly [from: number, to: number];

export class DamagedCopies {
  /** Each copy is written over the one before, unless that has grown: fresh pages of the system's take longer than to copy. */
  #buffer: SharedArrayBuffer | undefined;

  /** @param live extents of all blocks that are out, by address */
  constructor(
    private readonly preset: Preset,
    private readonly heap: Heap,
    private readonly live: readonly Extent[],
  ) {}

  /** Throws unless the heap, damaged as it is now, treats a newcomer as it may. */
  proveNoOverlap(damage: string): void {
    try {
      this.#work(this.preset.attach(this.#copy()));
    } catch (error) {
      const named = error instanceof AttachError || error instanceof HeapCorruptionError || error instanceof InvalidAddressError;
      demand(named, `after damage to ${damage}, which check did not notice: ${show(error)}`);
    }
  }

  #copy(): HeapHandle {
    const { base, maximumBytes, i32 } = this.heap.memory;
    const bytes = i32.length * 4;
    if (this.#buffer?.byteLength !== bytes) this.#buffer = new SharedArrayBuffer(bytes, { maxByteLength: Math.max(maximumBytes, bytes) });
    new Int32Array(this.#buffer).set(i32);
    return { ...this.heap.handle, memory: { kind: "buffer", buffer: this.#buffer, base, maximumBytes } };
  }

  #work(heap: Heap): void {
    const own: Extent[] = [];
    for (let i = 0; i < 100; i++) {
      const size = i % 25 === 0 ? i * 600 : (i * 29) % 1500;
      const address = heap.malloc(size);
      if (address !== 0) own.push(this.#extentOf(heap, address, size, own));
      if (i % 3 === 2 && own.length > 0) heap.free(own.splice(i % own.length, 1)[0][0]);
    }
  }

  #extentOf(heap: Heap, address: number, size: number, own: readonly Extent[]): Extent {
    const usable = heap.usableSize(address);
    const end = address + Math.max(usable, 1);
    demand(usable >= size && end <= heap.memory.maximumBytes, () => `a block of ${usable} bytes at ${address} was given for ${size}`);
    const other = [...this.#lastBefore(end), ...own].find(([from, to]) => address < to && from < end);
    demand(other === undefined, () => `a block of ${usable} bytes at ${address} was given, which overlaps that from ${other![0]} to ${other![1]}`);
    return [address, end];
  }

  /** Of the live blocks that begin before `end` the last one, if there are any: as they lie one behind the other, it reaches furthest. */
  #lastBefore(end: number): readonly Extent[] {
    let low = 0;
    let high = this.live.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.live[middle][0] < end) low = middle + 1;
      else high = middle;
    }
    return this.live.slice(Math.max(low - 1, 0), low);
  }
}
