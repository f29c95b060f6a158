/**
 * The sixteen units of 4 KiB that a page is cut into, in one word: which are used, and which of those begin a block. A
 * block ends where another begins or where a unit is not used; so the word alone says of every address whether a
 * block starts there and how long it is, and one compare-and-swap makes, frees or resizes a block.
 */
import { packed } from "@heapwright/core";

export const UNIT_BYTES = 4096;
export const UNITS = 16;

/** While no unit is used, `first` says who has the page in hand: 1 + the slot of the thread that forms or releases it. */
export const FRAGMENT_DETAIL = packed("FragmentDetail", { used: 16, first: 16 });

/** A page without blocks, in the hands of the thread in `slot`. */
export function heldBy(slot: number): number {
  return (slot + 1) << 16;
}

/** Whether any unit is used: only then does the page serve blocks. */
export function isServing(word: number): boolean {
  return (word & 0xffff) !== 0;
}

/** The bits of `count` units from `start` on. */
function run(start: number, count: number): number {
  return ((1 << count) - 1) << start;
}

/** The lowest start of `count` free units at a multiple of `alignment` units, or -1. */
export function findUnits(word: number, count: number, alignment: number): number {
  for (let start = 0; start + count <= UNITS; start += alignment) {
    if ((word & run(start, count)) === 0) return start;
  }
  return -1;
}

/** Length in units of the block that starts at unit `start`; 0 where none does. */
export function blockAt(word: number, start: number): number {
  if (((word >>> 16) & word & (1 << start)) === 0) return 0;
  const goesOn = word & ~(word >>> 16);
  let end = start + 1;
  while (end < UNITS && (goesOn & (1 << end)) !== 0) end++;
  return end - start;
}

/** The word with a block of `count` units more, at `start`, where they are free. */
export function withBlock(word: number, start: number, count: number): number {
  return word | run(start, count) | (1 << (start + 16));
}

/** The word without the block of `count` units at `start`. */
export function withoutBlock(word: number, start: number, count: number): number {
  return word & ~(run(start, count) | (1 << (start + 16)));
}

/** Whether `count` units from `start` on exist and are free. */
export function areFree(word: number, start: number, count: number): boolean {
  return start + count <= UNITS && (word & run(start, count)) === 0;
}

/** Length of the longest run of free units. */
export function longestFree(word: number): number {
  let free = ~word & 0xffff;
  let length = 0;
  // each round takes the last unit off every run
  while (free !== 0) {
    free &= free >>> 1;
    length++;
  }
  return length;
}
