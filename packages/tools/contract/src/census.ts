/**
 * What a walk reports, put in order and proved whole: the regions tile the heap from its base to the end of the buffer.
 * The heap's own `check()` proves the same; here it is proved by other code, because a checker that is asked about
 * itself says yes.
 */
import type { Heap, Region } from "@heapwright/core";
import { demand } from "./violation.js";

/** All regions of the heap in ascending order; throws unless they cover every byte exactly once. */
export function census(heap: Heap): Region[] {
  const regions: Region[] = [];
  heap.walk((region) => regions.push({ ...region }));
  regions.sort((a, b) => a.address - b.address);
  let end = heap.memory.base;
  for (const region of regions) {
    demand(region.bytes > 0, () => `walk reports a region of ${region.bytes} bytes at ${region.address}`);
    demand(region.address === end, () => `walk reports a ${region.state} region at ${region.address} (${region.layer}), where one at ${end} was due`);
    end += region.bytes;
  }
  const length = Math.min(heap.memory.buffer.byteLength, heap.memory.maximumBytes);
  demand(end === length, () => `the regions of walk end at ${end}, the buffer at ${length}`);
  return regions;
}

/** Addresses of all live blocks, ascending; throws unless each lies in the region that holds it. */
export function liveBlocks(heap: Heap): number[] {
  return census(heap)
    .filter(({ state }) => state === "live")
    .map(({ address, bytes, block }) => {
      const usable = heap.usableSize(block);
      demand(block >= address && block + usable <= address + bytes, () => `the block at ${block} with ${usable} bytes leaves its region of ${bytes} bytes at ${address}`);
      return block;
    })
    .sort((a, b) => a - b);
}
