/**
 * Bookkeeping per block: what the walk shows beside the bytes that owners may use, when there are many blocks of a size,
 * less what it shows when there are a few. The heap's own statistics are not asked.
 */
import type { Heap } from "@heapwright/core";
import type { System } from "./system.js";

/** So far apart that a page of descriptors more or less, 64 KiB, is less than a quarter of a byte a block. */
const FEW = 30_000;
const MANY = 300_000;
/** Equal requests serve about the same, and asking takes time: one of so many blocks is asked. */
const SAMPLE = 50;

/** @param bytes of each request. @returns bytes of bookkeeping per live block, to the half */
export function observeMetadata(system: System, bytes: number): number {
  const heap = system.create(2 ** 26);
  const allocate = (count: number): void => {
    for (let i = 0; i < count; i++) if (heap.malloc(bytes) === 0) throw new Error(`${system.name} has no more blocks of ${bytes} bytes`);
  };
  allocate(FEW);
  const before = bookkeeping(heap);
  allocate(MANY - FEW);
  return Math.round(((bookkeeping(heap) - before) / (MANY - FEW)) * 2) / 2;
}

/** Regions of metadata, and in the region of a live block what its owner may not use. */
function bookkeeping(heap: Heap): number {
  let total = 0;
  let live = 0;
  const sample: number[] = [];
  heap.walk(({ state, bytes, block }) => {
    if (state === "metadata" || state === "live") total += bytes;
    if (state === "live" && live++ % SAMPLE === 0) sample.push(block);
  });
  // not during the walk, which may hold a lock
  const usable = sample.reduce((sum, block) => sum + heap.usableSize(block), 0);
  return total - (usable / sample.length) * live;
}
