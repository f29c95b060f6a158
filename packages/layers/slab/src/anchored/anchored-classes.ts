/**
 * The size classes: how large blocks are and what they are cut from. Michael 2004 leaves both to the size class and names
 * 16 KiB as a superblock; ten bits of index and a smallest block of 16 bytes fit exactly that. Larger blocks come
 * from superblocks of 64 KiB, so that at least two fit, which credits need, and most often a good many more.
 *
 * Up to 1040 bytes sizes are four to a doubling and a little above powers of two, because requests are powers of two and
 * the prefix adds eight. From there on, where what is left over at a superblock's end would weigh more, a size
 * is what a whole number of blocks leaves of a superblock.
 */
import { PAGE_BYTES } from "@heapwright/core";
import { MOST_BLOCKS } from "./anchor.js";
import { FIRST_PREFIX } from "./block-prefix.js";

export interface AnchoredClass {
  /** Bytes of a block, its prefix included; a multiple of 16. */
  readonly blockBytes: number;
  /** Bytes of a superblock: 16384 or 65536. */
  readonly superblockBytes: number;
}

/** The unit in which hyperblocks are cut. */
export const SLOT_BYTES = 16384;

/** Blocks in one superblock of a class. */
export function blocksIn({ blockBytes, superblockBytes }: AnchoredClass): number {
  return Math.floor((superblockBytes - FIRST_PREFIX) / blockBytes);
}

const SMALL = [16, 32, 48, 64, 80, 96, 112, 128, 144, 176, 208, 240, 272, 336, 400, 464, 528, 656, 784, 912, 1040];
/** Blocks to a superblock of 64 KiB. */
const SHARES = [50, 42, 36, 31, 25, 21, 18, 15, 13, 11, 9, 8, 7, 6, 5, 4, 3, 2];

export const ANCHORED_CLASSES: readonly AnchoredClass[] = [
  ...SMALL.map((blockBytes) => ({ blockBytes, superblockBytes: SLOT_BYTES })),
  ...SHARES.map((share) => ({ blockBytes: Math.floor((PAGE_BYTES - FIRST_PREFIX) / share / 16) * 16, superblockBytes: PAGE_BYTES })),
];

/** @throws RangeError when the classes do not ascend, or one does not fit the anchor */
export function checkClasses(classes: readonly AnchoredClass[]): void {
  if (!Array.isArray(classes) || classes.length === 0) throw new RangeError("classes must be a list of size classes, such as ANCHORED_CLASSES");
  classes.forEach((one, index) => {
    const { blockBytes, superblockBytes } = one;
    const previous = classes[index - 1]?.blockBytes ?? 0;
    const blocks = blocksIn(one);
    const cut = superblockBytes === SLOT_BYTES || superblockBytes === PAGE_BYTES;
    if (!cut || blockBytes <= previous || blockBytes % 16 !== 0 || blocks < 2 || blocks > MOST_BLOCKS) {
      throw new RangeError(`size class ${index}: blocks of ${blockBytes} bytes in superblocks of ${superblockBytes}`);
    }
  });
}
