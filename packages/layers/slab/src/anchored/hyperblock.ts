/**
 * Hyperblocks: batches of superblocks (Michael 2004, section 3.2.5). Here a hyperblock is an aligned MiB of the address space,
 * of which some or all pages are ours, in slots of 16 KiB. One pair of words says which slots are free, so taking slots, giving
 * them back, and taking all of them to return the pages are each one `cas2`, and nothing has to be unlinked from any list.
 * No ABA: a bit means the same whatever happened before.
 */
import { i32, packed, pair, struct } from "@heapwright/core";
import { SLOT_BYTES } from "./anchored-classes.js";

export const HYPERBLOCK = struct("Hyperblock", {
  /** a bit per slot that is ours and unused, slot 0 lowest; cas2, or atomic or of a half. Who clears a bit owns the slot */
  free: pair(),
  /** address of a word per slot, 0 until first needed; CAS from 0, then constant */
  table: i32(),
}, { align: 16, bytes: 16 });

/**
 * A table: for each slot the address of the descriptor of the superblock there, or 0. Written plainly by who owns the slot.
 */
export const TABLE_BYTES = 256;

/**
 * The page note of pages that anchored slabs own. Pages are acquired in batches, and given back in the same; the note is
 * written before the first slot of the batch is free, and stands as long as the batch is ours.
 */
export const SUPERBLOCK_PAGE = packed("SuperblockPage", { owner: 4, use: 2, first: 4, end: 5, unused: 17 });
/** Use of a page of descriptors and tables. */
export const METADATA_USE = 1;
/** Use of a page in slots; first and end are the batch it came in. */
export const SLOTS_USE = 2;

export const HYPERBLOCK_BYTES = 2 ** 20;
/** An address shifted right by this is the number of its hyperblock. */
export const HYPERBLOCK_SHIFT = 20;
export const SLOT_SHIFT = 14;
export const LAST_SLOT = HYPERBLOCK_BYTES / SLOT_BYTES - 1;
export const SLOTS_PER_PAGE = 4;

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
  return ((whole & -whole) * 15) | 0;
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

export function noteOf(owner: number, { first, end }: Batch): number {
  return SUPERBLOCK_PAGE.end.set(SUPERBLOCK_PAGE.first.set(SUPERBLOCK_PAGE.use.set(owner, SLOTS_USE), first), end);
}

/** The batch of a page, by its note. */
export function batchOf(note: number): Batch {
  return { first: SUPERBLOCK_PAGE.first.get(note), end: SUPERBLOCK_PAGE.end.get(note) };
}

/** The bits of the slots from `from` up to `end`, as far as they are in a half of the pair: 0 is the low one. */
export function slotBits(from: number, end: number, half: 0 | 1): number {
  const low = Math.max(0, from - half * 32);
  const high = Math.min(32, end - half * 32);
  return high <= low ? 0 : (-1 >>> (32 - (high - low))) << low;
}
