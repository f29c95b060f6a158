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

/** Throws unless the damaged heap treats a newcomer as it may. @param live extents of all blocks that are out */
export function proveNoOverlap(preset: Preset, damaged: Heap, live: readonly Extent[], damage: string): void {
  try {
    work(preset.attach(copyOf(damaged)), live);
  } catch (error) {
    const named = error instanceof AttachError || error instanceof HeapCorruptionError || error instanceof InvalidAddressError;
    demand(named, `after damage to ${damage}, which check did not notice: ${show(error)}`);
  }
}

function copyOf(heap: Heap): HeapHandle {
  const { base, maximumBytes, i32 } = heap.memory;
  const buffer = new SharedArrayBuffer(i32.length * 4, { maxByteLength: Math.max(maximumBytes, i32.length * 4) });
  new Int32Array(buffer).set(i32);
  return { ...heap.handle, memory: { kind: "buffer", buffer, base, maximumBytes } };
}

function work(heap: Heap, live: readonly Extent[]): void {
  const own: Extent[] = [];
  for (let i = 0; i < 100; i++) {
    const size = i % 25 === 0 ? i * 600 : (i * 29) % 1500;
    const address = heap.malloc(size);
    if (address !== 0) own.push(extentOf(heap, address, size, [live, own]));
    if (i % 3 === 2 && own.length > 0) heap.free(own.splice(i % own.length, 1)[0][0]);
  }
}

function extentOf(heap: Heap, address: number, size: number, taken: readonly (readonly Extent[])[]): Extent {
  const usable = heap.usableSize(address);
  const end = address + Math.max(usable, 1);
  demand(usable >= size && end <= heap.memory.maximumBytes, () => `a block of ${usable} bytes at ${address} was given for ${size}`);
  const other = taken.flat().find(([from, to]) => address < to && from < end);
  demand(other === undefined, () => `a block of ${usable} bytes at ${address} was given, which overlaps that from ${other![0]} to ${other![1]}`);
  return [address, end];
}
