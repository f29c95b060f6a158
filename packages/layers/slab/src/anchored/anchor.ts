/**
 * The anchor: everything about a superblock that threads change together, in one pair of words (Michael, PLDI 2004,
 * section 3.1 and figure 3). The low word holds the index of the first free block, how many free blocks are not
 * reserved, the state, and ten bits of the tag; the high word the other 32 bits of the tag. It changes by `cas2` only.
 *
 * The tag counts pops. It is there because a pop follows a link that it read before its `cas2`: blocks may leave and come
 * back meanwhile, in another order, with the same one in front. So a pop reads the high word first, by an atomic
 * load, then the low word, then the link. When its `cas2` succeeds, the tag is what it was when the high word was read;
 * tags only count up; so nobody popped since, hence the low word was read whole, and the link was the link. Reading the
 * low word first would not do: 1024 pops later the pair could match again with a link that is old.
 *
 * A push need not change the tag, for it claims nothing about links, and may read the halves in any order: a pair that
 * was never one makes the `cas2` fail. 42 bits wrap after four million million pops inside one step of another thread.
 */
import { packed } from "@heapwright/core";

export const ANCHOR = packed("Anchor", { avail: 10, count: 10, state: 2, tag: 10 });

/**
 * What a superblock is, and who may find it. The name of the state is also the answer to who is to list it next.
 *
 * - `ACTIVE`: its heap's Active word names it, or a thread that took the last credit is about to replenish it.
 * - `FULL`: no unreserved block is free. It is in no list; the thread whose free ends that lists it.
 * - `PARTIAL`: some block is free and unreserved. It is in one Partial slot, or one queue, or one thread's hands.
 * - `EMPTY`: no block is allocated. It is where it was as PARTIAL; its superblock is gone already.
 */
export const ACTIVE = 0;
export const FULL = 1;
export const PARTIAL = 2;
export const EMPTY = 3;

/** Most blocks in a superblock: indices and the end of a chain, which is the number of blocks, take ten bits. */
export const MOST_BLOCKS = 1023;
/** Bits of the low word that hold the index of the first free block. */
export const AVAIL = 0x3ff;
/** Adds one block to the count in the low word. */
export const ONE_BLOCK = 1 << 10;
const COUNT_SHIFT = 10;
const STATE_SHIFT = 20;
/** Adds one to the ten low bits of the tag; they wrap without touching the other fields. */
const ONE_POP = 1 << 22;
const TAG_SHIFT = 22;
const TAG = -1 << TAG_SHIFT;

export function countOf(low: number): number {
  return (low >>> COUNT_SHIFT) & 0x3ff;
}

export function stateOf(low: number): number {
  return (low >>> STATE_SHIFT) & 3;
}

/** A low word with the tag bits of `low` and everything else new. */
export function renewed(low: number, avail: number, count: number, state: number): number {
  return (low & TAG) | avail | (count << COUNT_SHIFT) | (state << STATE_SHIFT);
}

/** The low word after a pop that leaves `next` in front. */
export function popped(low: number, next: number): number {
  return (((low & ~AVAIL) | next) + ONE_POP) | 0;
}

/** The high word that belongs to `newLow`, which {@link popped} made. */
export function carried(high: number, newLow: number): number {
  return newLow >>> TAG_SHIFT === 0 ? (high + 1) | 0 : high;
}
