/**
 * The eight bytes before every block (Michael 2004, section 3.2: the prefix). While the block is free, the first word is
 * the index of the next free block, or the number of blocks at the end of the chain. While it is allocated, it is the
 * descriptor's address with a flag in the bits that alignment leaves, and the second word is the block's own index.
 * Indices are below 1024 and no descriptor lies there (`MetadataArena` sees to it), so a plain read tells a live block
 * from a free one.
 *
 * Who writes it: whoever has the block in hand, plainly. After a pop that is the thread that allocates, before a push the
 * thread that frees. A slower thread may read a link that is gone; the anchor's tag then refuses its pop.
 *
 * A block whose user wanted more than 16-byte alignment carries two prefixes: its own, flagged MOVED, and one before
 * the user's address, flagged SHADOW. Neither is believed alone: the own one says how far the other is, so that
 * a shadow left over from an earlier user of the block names nothing.
 *
 * ```text
 *   | own prefix: MOVED, index and distance | unused | shadow: SHADOW, index | the user's bytes ... |
 * ```
 */
import { i32, packed, struct } from "@heapwright/core";

export const BLOCK_PREFIX = struct("BlockPrefix", {
  /** descriptor's address and LIVE, MOVED or SHADOW while allocated; index of the next free block while free */
  owner: i32(),
  /** BlockPlace; stable while allocated */
  place: i32(),
}, { align: 8, bytes: 8 });

export const BLOCK_PLACE = packed("BlockPlace", { index: 10, distance: 12, unused: 10 });

/** Allocated, and its user has the address right behind this prefix. */
export const LIVE = 1;
/** Allocated, and its user has an address further on. */
export const MOVED = 2;
/** Stands before the address of the user of a MOVED block. */
export const SHADOW = 4;

export const PREFIX_BYTES = 8;
/** Offset of the first prefix in a superblock: so addresses of blocks are multiples of 16. */
export const FIRST_PREFIX = 8;
/** The bits of an owner word that are not the descriptor's address. */
export const FLAGS = LIVE | MOVED | SHADOW;
