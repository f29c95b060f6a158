/**
 * Where things lie in a page that belongs to one thread. It is cut into {@link UNITS} units of 4 KiB; a run of units is a
 * slab of equal blocks, or one block. The header, at the start of unit 0, has a word for each unit, and the live bits.
 *
 * A slab has a bit for each of its blocks, in their order, beginning with the first word of its first unit. The bit is set
 * while the block is live; so freeing is exact without touching the block. Which block an address is in is found by
 * multiplying with the inverse of its size (see {@link SlabShapes}). Eight words a unit are enough for the smallest blocks.
 */
import { i32, packed, PAGE_BYTES, struct, words } from "@heapwright/core";

/** What reports call this layer. */
export const LAYER = "private slabs";
export const UNIT_BYTES = 4096;
export const UNITS = PAGE_BYTES / UNIT_BYTES;
/** Words of live bits for each unit. */
export const UNIT_BIT_WORDS = 8;

export const PRIVATE_PAGE = struct("PrivatePage", {
  /** a PrivateUnit for each unit; plain, by the owner, the first of a run last when it is formed and first when it goes */
  units: words(16),
  /** next page of the owner's ring; plain, by the owner, as all up to slabPrevious */
  next: i32(),
  /** previous page of the ring */
  previous: i32(),
  /** next page of the owner's with as long a longest run of free units, or 0 */
  openNext: i32(),
  /** previous one of these, or 0 */
  openPrevious: i32(),
  /** a bit for each unit that is free; derived from the units when the page gets another owner */
  freeUnits: i32(),
  /** next slab of the owner's ring for the class, of the slab that begins in unit 0 */
  slabNext: i32(),
  /** previous one */
  slabPrevious: i32(),
  /** 0 */
  unused: i32(),
  /** first block of a chain of those that other threads have freed, or 0; CAS by them, exchange by the owner */
  remote: i32(),
  /** 0 */
  unusedToo: words(7),
  /** a bit for each block, set while it is live; plain, by the owner */
  live: words(UNITS * UNIT_BIT_WORDS),
  /** slabNext and slabPrevious of the slabs that begin in other units. Not where the page is one slab: its blocks begin here */
  links: words(2 * UNITS),
}, { bytes: 768 });

/** A unit's word: of the run it is part of, how blocks are freed, the distance of the first one in 16 bytes, and the class. */
export const PRIVATE_UNIT = packed("PrivateUnit", { way: 4, start: 12, sizeClass: 16 });

/** Of a slab: freeing a block clears its bit, and that is nearly all. */
export const SHORT_WAY = 0;
/** Of a block of whole units: who frees one has more to do. */
export const LONG_WAY = 15;
/** The word of a free unit: the long way, and no start. */
export const FREE_UNIT = 0xf;
/** Largest class of a slab; larger blocks are whole units. */
export const LARGEST_SLAB_BLOCK = 8192;
/** The class of a run of units that is one block. */
export const WHOLE_UNITS = 0xffff;
/** The class of the unit with the words of a thread. */
export const THREAD_WORDS = 0xfffe;

/** First block of a page that is one slab. */
export const WHOLE_PAGE_START = PRIVATE_PAGE.links * 4;
/** First block of a run that begins in unit 0 of a page with others. */
export const FIRST_UNIT_START = PRIVATE_PAGE.bytes;

/** The note of a page: whose it is, or 0 while it is abandoned. Ids of threads repeat after 2^28, long after all pages of the first are another's. */
export const PRIVATE_NOTE = packed("PrivateNote", { owner: 4, thread: 28 });

/** The numbers above once more, for the arithmetic that nearly all steps begin with; a const enum for the same reason as `Cursor` of cursors.ts. */
const enum Place {
  /** Bits of an address that are its page's. */
  page = -0x10000,
  /** Of its unit's number, from bit {@link unitLog2} on. */
  unit = 15,
  unitLog2 = 12,
  /** Words before the live bits in a page. */
  live = 32,
  /** Words of live bits for each unit. */
  liveWords = 8,
  /** Bits of a unit's word that are the distance of the first block. */
  start = 0xfff0,
  /** Bit at which its class begins. */
  sizeClass = 16,
  /** Bits that are the way of its blocks. */
  way = 15,
}

/** Start of the page that holds the byte at `address`. */
export function pageOf(address: number): number {
  return (address & Place.page) >>> 0;
}

/** Number of the unit that holds the byte at `address`. */
export function unitOf(address: number): number {
  return (address >>> Place.unitLog2) & Place.unit;
}

/** The word of the unit that holds the byte at `address`. */
export function unitWord(address: number): number {
  return ((address & Place.page) >>> 2) + ((address >>> Place.unitLog2) & Place.unit);
}

/** First word of the live bits of the slab that begins in the unit at `slab`. */
export function liveWord(slab: number): number {
  return ((slab & Place.page) >>> 2) + Place.live + ((slab >>> Place.unitLog2) & Place.unit) * Place.liveWords;
}

/** Address of the first block of the run that a unit's word describes. */
export function startOf(page: number, unit: number): number {
  return page + (unit & Place.start);
}

/** The class that a unit's word says. */
export function classOf(unit: number): number {
  return unit >>> Place.sizeClass;
}

/** How its blocks are freed. */
export function wayOf(unit: number): number {
  return unit & Place.way;
}

/** The unit's word for a run. */
export function unitValue(start: number, way: number, sizeClass: number): number {
  return (start & Place.start) | way | (sizeClass << Place.sizeClass);
}
