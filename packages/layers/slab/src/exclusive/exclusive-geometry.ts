/**
 * Where things lie in an owner-private superblock: the header, two bits for every 16 bytes, the blocks, and a tail too
 * short for one more. The *live* bit is set where the owner of a live block was told it begins, and the *freed* bit where
 * a thread that does not own the superblock has freed it. The bits of an address are found by shifting, whatever the size
 * of the blocks, which makes freeing exact without a division; they cost a 64th of the memory.
 *
 * Superblocks are whole pages, as many as it takes for four blocks with at most an eighth left over. The page map leads from any of their pages to
 * the first, and the first page's detail word names the thread that owns the superblock: beside the note, which whoever
 * frees a block reads anyway, and where no block can overwrite it.
 */
import { i32, packed, PAGE_BYTES, struct } from "@heapwright/core";
import type { SizeClasses } from "@heapwright/sizes";

export const EXCLUSIVE_SUPERBLOCK = struct("ExclusiveSuperblock", {
  /** next on the owner's list that it is on, or 0; plain, by the owner, as all in this line */
  next: i32(),
  /** previous on that list, or 0 */
  previous: i32(),
  /** 1 while it is on the owner's list of full ones, 0 while on the list of its class */
  full: i32(),
  /** address of the first free block, 0: none; blocks are linked through their first words */
  local: i32(),
  /** blocks that are not on the local list; those that others have freed are used until the owner collects them */
  used: i32(),
  /** blocks that have been cut off so far; never lowered */
  carved: i32(),
  /** 1 once a block was given out at an address other than its start */
  interior: i32(),
  /** next on the stack of abandoned superblocks; belongs to that stack */
  link: i32(),
}, { align: 128, bytes: 128 });

/** The note of each page of a superblock. */
export const EXCLUSIVE_NOTE = packed("ExclusiveNote", { owner: 4, sizeClass: 12, page: 16 });

/** Bytes that a bit stands for. */
const GRAIN = 16;
const BITMAP_BYTES_PER_PAGE = PAGE_BYTES / GRAIN / 8;
/** Of freed blocks, a superblock tells in which of up to so many parts they lie. */
const PARTS = 32;
const LEAST_BLOCKS = 4;
const LARGEST_BLOCK = 2 ** 24;

export class ExclusiveGeometry {
  /** Per class: bytes of a block. */
  readonly blockBytes: Int32Array;
  /** Per class: bytes of a superblock, whole pages. */
  readonly bytes: Int32Array;
  /** Per class: distance of the first block, which is what header and bits take. */
  readonly first: Int32Array;
  /** Per class: number of blocks. */
  readonly capacity: Int32Array;
  /** Per class: words of live bits; the freed bits follow, each so many words behind the live one. */
  readonly bitWords: Int32Array;
  /** Per class: log2 of the bytes of a part; parts are as small as they can be for a word to hold a bit for each. */
  readonly partLog2: Int32Array;

  /** @throws RangeError for classes whose sizes are not multiples of 16, or above 16 MiB */
  constructor(sizes: SizeClasses) {
    const { count } = sizes;
    if (count > EXCLUSIVE_NOTE.sizeClass.maximum) throw new RangeError(`${count} size classes are more than a page note can tell apart`);
    this.blockBytes = Int32Array.from({ length: count }, (_, c) => sizes.bytesOf(c));
    const odd = this.blockBytes.find((bytes) => bytes % GRAIN !== 0 || bytes > LARGEST_BLOCK);
    if (odd !== undefined) throw new RangeError(`blocks of ${odd} bytes: sizes must be multiples of ${GRAIN} up to ${LARGEST_BLOCK}`);
    this.bytes = this.blockBytes.map(pagesFor);
    this.first = this.bytes.map(firstBlock);
    this.bitWords = this.bytes.map((bytes) => ((bytes / PAGE_BYTES) * BITMAP_BYTES_PER_PAGE) / 4);
    this.partLog2 = this.bytes.map((bytes) => Math.ceil(Math.log2(bytes / PARTS)));
    this.capacity = this.blockBytes.map((bytes, c) => Math.floor((this.bytes[c] - this.first[c]) / bytes));
  }

  /** The superblock that a page with this note belongs to. */
  superblockOf(address: number, note: number): number {
    return ((address >>> 16) - (note >>> 16)) * PAGE_BYTES;
  }

  /** Start of the block of class `c` that the byte at `address` is in. It lies behind the first block's start. */
  startOf(superblock: number, c: number, address: number): number {
    return address - ((address - superblock - this.first[c]) % this.blockBytes[c]);
  }
}

/** The word with the live bit of the byte at `offset` into a superblock; the bit is `1 << (offset >>> 4)`. */
export function liveWord(superblock: number, offset: number): number {
  return (superblock >>> 2) + BITS + (offset >>> 9);
}

const BITS = EXCLUSIVE_SUPERBLOCK.bytes >>> 2;

function firstBlock(superblockBytes: number): number {
  return EXCLUSIVE_SUPERBLOCK.bytes + 2 * (superblockBytes / PAGE_BYTES) * BITMAP_BYTES_PER_PAGE;
}

function pagesFor(blockBytes: number): number {
  for (let bytes = PAGE_BYTES; ; bytes += PAGE_BYTES) {
    const room = bytes - firstBlock(bytes);
    if (room >= LEAST_BLOCKS * blockBytes && room % blockBytes <= bytes / 8) return bytes;
  }
}
