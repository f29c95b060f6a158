/**
 * The words in which layers describe a live heap while threads go on using it: an {@link Extent} says of one contiguous
 * piece how much of it is in use. Where `walk` names every block and wants the heap to stand still, an extent is a few
 * counts that can be read at any time. The one idea: whoever reports one reads without locks, believes no size or link that
 * it has not compared with the page map or with arithmetic, and never throws; so a number may be a moment old, never mad.
 *
 * While the heap is quiescent and no thread has died, the sums over all extents are those of `walk`: live blocks, live bytes
 * (what threads keep in caches is live in the layer below, and told apart by {@link CachedBlocks}), and free bytes. Bytes
 * that are neither are bookkeeping, or waste. After a death, what was lost may be counted as live or as free.
 */

/**
 * `blocks`: cut into blocks for users. `metadata`: bookkeeping. `free`: no block, ready to be made one. `in hand`: some
 * thread has it in its hands at this moment, on the way in or out, or has died doing so.
 */
export type ExtentUse = "blocks" | "metadata" | "free" | "in hand";

/** A contiguous piece of the heap that one layer holds: a superblock, a chunk, a span, an object, a run of free pages. */
export interface Extent {
  readonly address: number;
  readonly bytes: number;
  readonly use: ExtentUse;
  /** Name of the layer that holds it. */
  readonly layer: string;
  /** Bytes that the owner of each of its blocks may use; 0 where blocks differ in size, and where there are none. */
  readonly blockBytes: number;
  readonly liveBlocks: number;
  /** Bytes of the heap that live blocks take, as the regions of `walk`. */
  readonly liveBytes: number;
  /** Free blocks; pieces that are not cut yet count as one, where blocks differ in size. */
  readonly freeBlocks: number;
  readonly freeBytes: number;
  /** Bytes that the largest block could use that its free bytes would make by themselves. */
  readonly largestFree: number;
  /** At most so many bytes of the live blocks were not asked for, by the rounding up of requests. */
  readonly slackBytes: number;
}

/** Blocks that one thread keeps for itself. To the layer that they are of, and in its extents, they are live. */
export interface CachedBlocks {
  /** Layer that the blocks are of. */
  readonly layer: string;
  readonly threadId: number;
  /** As {@link Extent.blockBytes}. */
  readonly blockBytes: number;
  readonly blocks: number;
}

/** Who looks at a heap. */
export interface Inspector {
  extent(extent: Extent): void;
  cached(blocks: CachedBlocks): void;
}

/** An extent without blocks; of a free one all bytes are free. */
export function plainExtent(layer: string, use: "metadata" | "free" | "in hand", address: number, bytes: number): Extent {
  const freeBytes = use === "free" ? bytes : 0;
  const freeBlocks = use === "free" ? 1 : 0;
  return { address, bytes, use, layer, blockBytes: 0, liveBlocks: 0, liveBytes: 0, freeBlocks, freeBytes, largestFree: freeBytes, slackBytes: 0 };
}

/** How an extent of equal blocks is cut. */
export interface BlockShape {
  /** Bytes that the owner of a block may use. */
  readonly blockBytes: number;
  /** Bytes from one block to the next. */
  readonly stride: number;
  /** How many blocks there are. */
  readonly count: number;
  /** The least request that gets such a block; smaller ones get smaller ones. */
  readonly leastRequest: number;
}

/** An extent of equal blocks, of which about `live` are in use. */
export function extentOfBlocks(layer: string, address: number, bytes: number, { blockBytes, stride, count, leastRequest }: BlockShape, live: number): Extent {
  const liveBlocks = Math.min(Math.max(live, 0), count);
  const freeBlocks = count - liveBlocks;
  return {
    address, bytes, use: "blocks", layer, blockBytes, liveBlocks, liveBytes: liveBlocks * stride, freeBlocks, freeBytes: freeBlocks * stride,
    largestFree: freeBlocks === 0 ? 0 : blockBytes, slackBytes: liveBlocks * (blockBytes - leastRequest),
  };
}

/** How many bits of a word are set. */
export function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24);
}
