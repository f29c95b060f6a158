/**
 * The word before a block that lives on a stack while it is free: the stack's link then, and this while the block is live.
 * Blocks start one word before a multiple of 16, so that their owners' addresses are aligned:
 *
 * ```text
 *      ... | H payload            | H payload            | ...       H = one word; the distance from H to H is the stride
 * ```
 *
 * Links are such addresses, and so 12 to 15 modulo 16, or 0; the low four bits of a header are 1. So a plain read
 * tells live from free.
 */
import { packed } from "@heapwright/core";

/** `distance`: how many times 16 bytes the caller's address lies into the payload, for aligned blocks. */
export const BLOCK_HEADER = packed("StackedBlockHeader", { live: 4, sizeClass: 5, distance: 18, unused: 5 });

export const HEADER_BYTES = 4;

/** A header for a live block of a class whose owner was given the address `distance` bytes into its payload. */
export function liveHeader(sizeClass: number, distance: number): number {
  return 1 | (sizeClass << BLOCK_HEADER.sizeClass.shift) | ((distance >>> 4) << BLOCK_HEADER.distance.shift);
}
