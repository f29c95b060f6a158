/** What a span-malloc heap consists of, for tests: its spans, oldest last, and the free blocks of each. */
import { TAG } from "@heapwright/coalesce";
import { PAGE_BYTES, type Heap, type Region } from "@heapwright/core";

const LAYER = "coalescing heap";

/** What a span spends on itself, and a block on its tag. */
export const SPAN_OVERHEAD = 32;
export const TAG_BYTES = 4;
/** The largest request that a span of the smallest size serves. */
export const WHOLE_SPAN = PAGE_BYTES - SPAN_OVERHEAD - TAG_BYTES;

function regionsOf(heap: Heap): Region[] {
  const regions: Region[] = [];
  heap.walk((region) => {
    if (region.layer === LAYER) regions.push(region);
  });
  return regions;
}

/** Free blocks with what a request could get of them, in the order of the walk: spans newest first, each by address. */
export function freeBlocksOf(heap: Heap): { address: number; bytes: number }[] {
  return regionsOf(heap).filter(({ state }) => state === "free").map(({ address, bytes }) => ({ address, bytes }));
}

/** Addresses of all spans, newest first. */
export function spansOf(heap: Heap): number[] {
  return regionsOf(heap).filter(({ state, bytes }) => state === "metadata" && bytes > TAG_BYTES).map(({ address }) => address);
}

/** The tag of the block at `address`, whether in use or free. */
export function tagAt(heap: Heap, address: number): { inUse: boolean; previousInUse: boolean; bytes: number } {
  const tag = heap.memory.i32[(address >>> 2) - 1];
  return { inUse: TAG.inUse.get(tag) === 1, previousInUse: TAG.previousInUse.get(tag) === 1, bytes: TAG.units.get(tag) * 16 };
}

/** The last word of the free block at `address`. */
export function footerOf(heap: Heap, address: number): number {
  return heap.memory.u32[(address + tagAt(heap, address).bytes - 2 * TAG_BYTES) >>> 2];
}
