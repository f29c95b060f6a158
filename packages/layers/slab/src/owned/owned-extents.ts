/**
 * Owned superblocks as an {@link Inspector} sees them, while others allocate and free: found by the page map, counted by
 * their live bits, without any lock. A superblock may go blank, or be cut for another class, between two reads; bits are
 * then counted of a class that it no longer has, and at most as many as that class has blocks.
 */
import { extentOfBlocks, plainExtent, type Inspector } from "@heapwright/core";
import type { GlobalHeap } from "./global-heap.js";
import { LAYER } from "./inspection.js";
import { BLANK, SUPERBLOCK } from "./superblock-geometry.js";
import type { Superblocks } from "./superblocks.js";

/**
 * @param maximum largest block of any class
 * @returns the largest request that would be served from what is here: one without a live block serves any class
 */
export function inspectOwned(global: GlobalHeap, superblocks: Superblocks, maximum: number, to: Inspector): number {
  const { geometry } = superblocks;
  let largest = 0;
  global.superblocksDo((s) => {
    const c = superblocks.classOf(s);
    const shape = geometry.shapeOf(c);
    if (shape === undefined) {
      const plain = plainExtent(LAYER, c === BLANK ? "free" : "in hand", s, geometry.bytes);
      const room = geometry.bytes - SUPERBLOCK.bytes;
      to.extent(c === BLANK ? { ...plain, freeBytes: room, largestFree: room } : plain);
      if (c === BLANK) largest = maximum;
      return;
    }
    const extent = extentOfBlocks(LAYER, s, geometry.bytes, shape, superblocks.countLive(s, c));
    to.extent(extent);
    largest = Math.max(largest, extent.liveBlocks === 0 ? maximum : extent.largestFree);
  });
  return largest;
}
