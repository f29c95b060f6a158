/**
 * Boundary tags (Knuth, The Art of Computer Programming 1, 2.5; Lea's malloc): the word before each block says how long
 * the block is, whether it is in use, and whether the one before it is. A free block repeats its length in its last
 * word, so that its successor finds its start; in a block in use that word belongs to the user. One word per block is
 * therefore all that is spent, and the neighbours on both sides are found without a search.
 *
 * A block is named by its address, which is what the user gets; its tag is the word below. Its length counts from tag
 * to tag. Places are computed in words and not in addresses: the tag behind the last block of a heap of 4 GiB lies in
 * the last word there is, but its "block" would have address 2^32, which bit operations take for 0.
 */
import { i32, packed, struct } from "@heapwright/core";

export const TAG = packed("BlockTag", { inUse: 1, previousInUse: 1, zero: 2, units: 28 });

export const FREE_BLOCK = struct("FreeBlock", {
  /** next free block on its list, or 0; written by the free index under the heap's lock */
  next: i32(),
  /** previous free block on its list, or 0 */
  previous: i32(),
}, { bytes: 8 });

/** Blocks start at, and are as long as, multiples of this many bytes. */
export const UNIT = 16;
export const TAG_BYTES = 4;
export const GUARD_BYTES = 4;
export const IN_USE = 1;
export const PREVIOUS_IN_USE = 2;
const BYTES = -UNIT;

export function tagOf(i32: Int32Array, block: number): number {
  return i32[(block >>> 2) - 1];
}

export function setTag(i32: Int32Array, block: number, tag: number): void {
  i32[(block >>> 2) - 1] = tag;
}

/** Bytes from this block's tag to the next one's. */
export function bytesOf(i32: Int32Array, block: number): number {
  return (i32[(block >>> 2) - 1] & BYTES) >>> 0;
}

/** The length in a tag. */
export function bytesIn(tag: number): number {
  return (tag & BYTES) >>> 0;
}

/** Index of the tag behind a block of `bytes`. */
export function nextTagWord(block: number, bytes: number): number {
  return (block >>> 2) + (bytes >>> 2) - 1;
}

/** Length of the free block before `block`; only where the tag says that it is free. */
export function bytesBefore(i32: Int32Array, block: number): number {
  return i32[(block >>> 2) - 2] >>> 0;
}

/** Makes a free block known to its successor: its length at its end, and the flag there. */
export function announceFree(i32: Int32Array, block: number, bytes: number): void {
  const w = nextTagWord(block, bytes);
  i32[w - 1] = bytes;
  i32[w] &= ~PREVIOUS_IN_USE;
}

/** Makes a block in use known to its successor. */
export function announceInUse(i32: Int32Array, block: number, bytes: number): void {
  i32[nextTagWord(block, bytes)] |= PREVIOUS_IN_USE;
}

/** Marks the end of a block in use, or of one that is about to be: its last word, where a free block has its length. */
export function setGuard(i32: Int32Array, block: number, bytes: number, guard: number): void {
  i32[nextTagWord(block, bytes) - 1] = guard;
}

export function guardOf(i32: Int32Array, block: number, bytes: number): number {
  return i32[nextTagWord(block, bytes) - 1];
}
