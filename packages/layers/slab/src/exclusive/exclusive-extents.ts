/**
 * Owner-private superblocks as an {@link Inspector} sees them, while their owners allocate and free: found by the page map,
 * counted by their bits. What is blank in one owner's superblock serves that owner only, which decides what a thread could
 * allocate; who owns it is read beside the note.
 */
import { extentOfBlocks, PAGE_BYTES, plainExtent, type BlockShape, type Inspector, type Memory } from "@heapwright/core";
import type { ExclusiveGeometry } from "./exclusive-geometry.js";
import { LAYER } from "./exclusive-inspection.js";
import type { ExclusiveSuperblocks } from "./exclusive-superblocks.js";

export class ExclusiveExtents {
  constructor(
    private readonly memory: Memory,
    private readonly geometry: ExclusiveGeometry,
    private readonly superblocks: ExclusiveSuperblocks,
  ) {}

  /** @returns the largest request that would be served to `thread` from what is here */
  inspect(thread: number, to: Inspector): number {
    const { superblocks } = this;
    let largest = 0;
    superblocks.pagesDo((page, superblock, c) => {
      const shape = this.shapeOf(c);
      const whole = shape !== undefined && superblocks.isPartOf(page, superblock) && superblocks.isNoted(superblock, c);
      if (!whole) return to.extent(plainExtent(LAYER, "in hand", page, PAGE_BYTES));
      if (page !== superblock) return;
      const extent = extentOfBlocks(LAYER, superblock, this.geometry.bytes[c], shape, superblocks.countLive(superblock, c));
      to.extent(extent);
      const owner = this.memory.load(superblocks.ownerWord(superblock));
      if (owner === 0 || owner === thread) largest = Math.max(largest, extent.largestFree);
    });
    return largest;
  }

  /** The largest block for which a superblock could be acquired. */
  canMake(longestFree: number): number {
    const c = this.geometry.bytes.findLastIndex((bytes) => bytes <= longestFree);
    return c < 0 ? 0 : this.geometry.blockBytes[c];
  }

  private shapeOf(c: number): BlockShape | undefined {
    const { blockBytes, capacity } = this.geometry;
    if (c >= blockBytes.length) return undefined;
    return { blockBytes: blockBytes[c], stride: blockBytes[c], count: capacity[c], leastRequest: c === 0 ? 0 : blockBytes[c - 1] + 1 };
  }
}
