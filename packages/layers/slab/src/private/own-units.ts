/**
 * What lies in the units of this thread's own pages once more, in a table by address that is not shared, as `free` needs it: a
 * single look says whether a page is this thread's and where its slab begins, where page map and page would be two, and the
 * words at the starts of pages, 64 KiB apart, all fall into the same few sets of a cache.
 *
 * The table cannot be out of date: while a page is a thread's, nobody but that thread writes its units' words, each through
 * {@link form} or {@link free}; and a page becomes its owner's, and ceases to be, by that thread's own doing, or by its death.
 */
import type { Memory } from "@heapwright/core";
import { cursorOf } from "./cursors.js";
import { classOf, FREE_UNIT, liveWord, SHORT_WAY, UNIT_BYTES, UNITS, wayOf } from "./private-layout.js";

/** Where things are in the entry of a unit; all 0 for units of others, and only there is `live` 0. Where there is no slab, `start` and `live` are those of any run. */
export const enum OwnUnit {
  /** Inverse of the size of the slab's blocks; 0 where there is no slab. */
  inverse,
  /** Address of the slab's first block. */
  start,
  /** First word of the slab's live bits. */
  live,
  /** The place of the cursor of the slab's class, see `Cursors`. */
  cursor,
  /** How many there are, as a power of two. */
  wordsLog2 = 2,
}

export class OwnUnits {
  /** By address, in units. Memory that nobody has touched costs nothing. */
  readonly table: Int32Array;

  /** @param inverses of the size of each class, see `SlabShapes` */
  constructor(
    private readonly memory: Memory,
    private readonly inverses: Int32Array,
  ) {
    this.table = new Int32Array(Math.ceil(memory.maximumBytes / UNIT_BYTES) << OwnUnit.wordsLog2);
  }

  /** Makes free units of a page of ours, from word `w` on, a run. The first one's word is written last: a death before that leaves them free. */
  form(w: number, count: number, value: number): void {
    const { i32 } = this.memory;
    for (let unit = w + count - 1; unit >= w; unit--) i32[unit] = value;
    if (isSlab(value)) this.enterAll(w, count);
  }

  /** Makes units of a run in a page of ours free, from word `w` on, in their order. What was no slab is none to the table. */
  free(w: number, count: number): void {
    const { i32 } = this.memory;
    const was = i32[w];
    for (let unit = w; unit < w + count; unit++) i32[unit] = FREE_UNIT;
    if (isSlab(was)) this.enterAll(w, count);
  }

  private enterAll(w: number, count: number): void {
    for (let unit = w; unit < w + count; unit++) this.enter(unit, this.memory.i32[unit]);
  }

  private enter(w: number, value: number): void {
    const { table } = this;
    // 2^14 words are a page, which begins with those of its 16 units
    const page = (w & -16384) << 2;
    const entry = (((w >>> 14) << 4) | (w & (UNITS - 1))) << OwnUnit.wordsLog2;
    const c = classOf(value);
    table[entry + OwnUnit.inverse] = isSlab(value) ? this.inverses[c] : 0;
    table[entry + OwnUnit.start] = page + (value & 0xfff0);
    table[entry + OwnUnit.live] = liveWord(page + (value & 0xf000));
    table[entry + OwnUnit.cursor] = isSlab(value) ? cursorOf(c) : 0;
  }

  /** A page has become ours. */
  add(page: number): void {
    const w = page >>> 2;
    this.enterAll(w, UNITS);
  }

  /** A page is about to be no longer ours. */
  remove(page: number): void {
    const entry = (page / UNIT_BYTES) << OwnUnit.wordsLog2;
    this.table.fill(0, entry, entry + (UNITS << OwnUnit.wordsLog2));
  }
}

function isSlab(unit: number): boolean {
  return wayOf(unit) === SHORT_WAY;
}
