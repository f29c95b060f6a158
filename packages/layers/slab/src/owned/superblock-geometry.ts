/**
 * Where things lie in a superblock: a header of a few words, three bitmaps with a bit per block, the blocks, and a
 * tail too short for one more. Pure arithmetic, computed once per size class from the superblock's size; a block has
 * no header of its own, so its number is a division.
 */
import { i32, PAGE_BYTES, powerOfTwoIn, struct, type BlockShape } from "@heapwright/core";
import type { SizeClasses } from "@heapwright/sizes";

/** The bitmaps follow, `bitmapWords` each: live, pending, shifted. */
export const SUPERBLOCK = struct("OwnedSuperblock", {
  /** number of the heap it belongs to, 0 the global one; atomic store by the holder of both heaps' locks */
  owner: i32(),
  /** class of its blocks, -1 while blank; atomic store under the owner's lock, after the bitmaps are zero */
  sizeClass: i32(),
  /** live blocks; plain, under the owner's lock; can be re-derived from the live bits, like the three below */
  used: i32(),
  /** blocks 0 to carved - 1 have been handed out since it was last empty; under the owner's lock */
  carved: i32(),
  /** 1 + number of the block freed last, 0 none; the first word of a free block is the next; under the owner's lock */
  free: i32(),
  /** fullness group whose list it is in; under the owner's lock */
  group: i32(),
  /** address of the next superblock in that list, or of the next blank one; under the owner's lock */
  next: i32(),
  /** address of the one before, 0 for the first; under the owner's lock */
  previous: i32(),
}, { bytes: 32 });

/** What {@link SUPERBLOCK} holds as `sizeClass` while any class may have it. */
export const BLANK = -1;

const BITMAPS = 3;
const GRAIN = 16;

/**
 * Largest block of which two fit into a superblock, header and bitmaps included: "S/2" in the terms of the paper.
 * @param superblockBytes a power of two, 4096 to 65536
 */
export function largestOwnedBlock(superblockBytes: number): number {
  return floorTo(GRAIN, (superblockBytes - headerBytes(2)) / 2);
}

function headerBytes(blocks: number): number {
  return ceilTo(GRAIN, SUPERBLOCK.bytes + BITMAPS * 4 * Math.ceil(blocks / 32));
}

export class SuperblockGeometry {
  /** Bytes of a superblock; its address is a multiple. */
  readonly bytes: number;
  /** Superblocks in a page. */
  readonly perPage: number;
  /** Per class: bytes of a block. */
  readonly blockBytes: readonly number[];
  /** Per class: how many blocks. */
  readonly capacity: readonly number[];
  /** Per class: offset of block 0, which is also what header and bitmaps take. */
  readonly first: readonly number[];
  /** Per class: words of each bitmap. */
  readonly bitmapWords: readonly number[];

  /** @throws RangeError for a size that is no power of two from 4096 to 65536, or classes that do not fit it */
  constructor(superblockBytes: number, sizes: SizeClasses) {
    this.bytes = powerOfTwoIn("superblockBytes", superblockBytes, 4096, PAGE_BYTES);
    this.perPage = PAGE_BYTES / superblockBytes;
    this.blockBytes = Array.from({ length: sizes.count }, (_, c) => sizes.bytesOf(c));
    const odd = this.blockBytes.find((bytes) => bytes % GRAIN !== 0 || bytes > largestOwnedBlock(superblockBytes));
    if (odd !== undefined) throw new RangeError(`a superblock of ${superblockBytes} bytes cannot be cut into blocks of ${odd}`);
    this.capacity = this.blockBytes.map((bytes) => capacityFor(superblockBytes, bytes));
    this.first = this.capacity.map(headerBytes);
    this.bitmapWords = this.capacity.map((blocks) => Math.ceil(blocks / 32));
  }

  /** How a superblock of class `c` is cut; undefined when there is no such class. */
  shapeOf(c: number): BlockShape | undefined {
    const blockBytes = this.blockBytes[c];
    if (blockBytes === undefined) return undefined;
    return { blockBytes, stride: blockBytes, count: this.capacity[c], leastRequest: c === 0 ? 0 : this.blockBytes[c - 1] + 1 };
  }
}

function capacityFor(superblockBytes: number, blockBytes: number): number {
  let blocks = Math.floor((superblockBytes - SUPERBLOCK.bytes) / blockBytes);
  while (headerBytes(blocks) + blocks * blockBytes > superblockBytes) blocks--;
  return blocks;
}

function ceilTo(grain: number, value: number): number {
  return Math.ceil(value / grain) * grain;
}

function floorTo(grain: number, value: number): number {
  return Math.floor(value / grain) * grain;
}
