/**
 * Hyperblocks: batches of superblocks (Michael 2004, section 3.2.5). Here a hyperblock is an aligned MiB of the address space,
 * of which some or all pages are ours, in slots of 16 KiB. One pair of words says which slots are free, so taking slots, giving
 * them back, and taking all of them to return the pages are each one `cas2`, and nothing has to be unlinked from any list.
 * No ABA: a bit means the same whatever happened before.
 */
import { i32, packed, pair, struct } from "@heapwright/core";
import { SLOT_BYTES } from "./anchored-classes.js";

export const HYPERBLOCK = struct("Hyperblock", {
  free: pair("a bit per slot that is ours and unused, slot 0 lowest; cas2. Who clears a bit owns the slot"),
  pages: i32("HyperblockPages; atomic or and and, by the thread that owns all slots of the pages concerned"),
  table: i32("address of SlotTable, 0 until first needed; CAS from 0, then constant"),
}, { align: 16, bytes: 16 });

/** A word per slot: address of the descriptor of the superblock there, or 0. Written plainly by who owns the slot. */
export const TABLE_BYTES = 256;

export const HYPERBLOCK_PAGES = packed("HyperblockPages", { owned: 16, batchStarts: 16 });

export const HYPERBLOCK_BYTES = 2 ** 20;
/** An address shifted right by this is the number of its hyperblock. */
export const HYPERBLOCK_SHIFT = 20;
export const SLOT_SHIFT = 14;
export const LAST_SLOT = HYPERBLOCK_BYTES / SLOT_BYTES - 1;
export const SLOTS_PER_PAGE = 4;
export const PAGE_SHIFT = 16;
export const LAST_PAGE = 15;

/** Every fourth bit: the first slots of the eight pages that a half of the pair covers. */
const PAGE_STARTS = 0x11111111;

/** The bits of one slot to take from a half of the pair; 0 when there is none. Pages already broken are preferred. */
export function oneSlotOf(half: number): number {
  const broken = half & ~(wholePagesOf(half) * 15);
  const from = broken === 0 ? half : broken;
  return from & -from;
}

/** The bits of the four slots of a free page; 0 when there is none. */
export function pageOf(half: number): number {
  const whole = wholePagesOf(half);
  return (whole & -whole) * 15;
}

/** The first bit of each page whose four slots are all free. */
function wholePagesOf(half: number): number {
  return half & (half >>> 1) & (half >>> 2) & (half >>> 3) & PAGE_STARTS;
}

/** Pages that came in one acquisition: from `first` up to `end`, numbered within the hyperblock. */
export interface Batch {
  readonly first: number;
  readonly end: number;
}

/** The batch that `page` belongs to. */
export function batchOf(pages: number, page: number): Batch {
  const starts = HYPERBLOCK_PAGES.batchStarts.get(pages);
  const owned = HYPERBLOCK_PAGES.owned.get(pages);
  let first = page;
  while (first > 0 && (starts & (1 << first)) === 0) first--;
  let end = first + 1;
  while (end <= LAST_PAGE && (owned & (1 << end)) !== 0 && (starts & (1 << end)) === 0) end++;
  return { first, end };
}

/** What a batch contributes to the word `pages`. */
export function pagesOfBatch({ first, end }: Batch): number {
  const owned = ((1 << end) - 1) & ~((1 << first) - 1);
  return HYPERBLOCK_PAGES.batchStarts.set(owned, 1 << first);
}

/** The bits of the slots from `from` up to `end` in the half of the pair that starts at slot `half * 32`. */
export function slotBits(from: number, end: number, half: 0 | 1): number {
  const low = Math.max(0, from - half * 32);
  const high = Math.min(32, end - half * 32);
  return high <= low ? 0 : (-1 >>> (32 - (high - low))) << low;
}
