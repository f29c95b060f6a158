/**
 * The units' words of this thread's own pages once more, in a table by address that is not shared: a single look says whether a page
 * is this thread's and what lies there, where page map and page would be two, and the words at the starts of pages,
 * 64 KiB apart, all fall into the same few sets of a cache.
 *
 * The table cannot be out of date: while a page is a thread's, nobody but that thread writes its units' words, each through
 * {@link write}; and a page becomes its owner's, and ceases to be, by that thread's own doing, or by its death.
 */
import type { Memory } from "@heapwright/core";
import { UNIT_BYTES, UNITS } from "./private-layout.js";

export class OwnUnits {
  /** By address, in units: the word of a unit of a page of this thread's; 0 for others. Memory that nobody has touched costs nothing. */
  readonly table: Int32Array;

  constructor(private readonly memory: Memory) {
    this.table = new Int32Array(Math.ceil(memory.maximumBytes / UNIT_BYTES));
  }

  /** Writes the word `w` of a unit of a page of ours. */
  write(w: number, value: number): void {
    this.memory.i32[w] = value;
    // 2^14 words are a page, which begins with those of its 16 units
    this.table[((w >>> 14) << 4) | (w & (UNITS - 1))] = value;
  }

  /** A page has become ours. */
  add(page: number): void {
    const w = page >>> 2;
    this.table.set(this.memory.i32.subarray(w, w + UNITS), page / UNIT_BYTES);
  }

  /** A page is about to be no longer ours. */
  remove(page: number): void {
    const unit = page / UNIT_BYTES;
    this.table.fill(0, unit, unit + UNITS);
  }
}
