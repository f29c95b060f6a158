/**
 * What most calls are: the lowest free bit of one word, and back. Short in bytecode, so that V8, which has a budget of some nine
 * hundred bytes, inlines `malloc` and `free` together into a loop; where the calls of a heap are constants to it, so are the tables here. Whatever
 * is not so simple is told apart by a number that does not fit, and is the derived class's business.
 */
import type { Memory } from "@heapwright/core";
import { Cursor, type Cursors } from "./cursors.js";
import { OwnUnit, type OwnUnits } from "./own-units.js";
import { Freed } from "./remote-frees.js";
import { Inverse } from "./slab-shapes.js";

export abstract class ShortWays {
  /** See {@link Cursors}. */
  private readonly table: Int32Array;
  private readonly requests: number;
  /** See {@link OwnUnits}. */
  protected readonly units: Int32Array;

  constructor(
    protected readonly memory: Memory,
    protected readonly cursors: Cursors,
    units: OwnUnits,
  ) {
    this.table = cursors.table;
    this.requests = cursors.requests;
    this.units = units.table;
  }

  /** Allocates when the cursor has no free bit, or there is none for so many bytes, as for 0 and what is larger than a class. */
  protected abstract refill(cursor: number, bytes: number): number;
  /** Frees what is no block of a slab, is another thread's, looks as if it were freed, or may not be freed. @returns false when the page is not this allocator's */
  protected abstract freeTheLongWay(address: number): boolean;
  /** No block of word `w` is live any more, of a slab that is not the one being allocated from. `unit` is the place of its unit's entry among the own ones. */
  protected abstract emptied(w: number, unit: number): void;

  /** Without an atomic, as long as the word of live bits in use has a free one. */
  allocate(bytes: number): number {
    const { table, memory: { i32 } } = this;
    const cursor = table[this.requests + ((bytes + 15) >>> 4)];
    const w = table[cursor];
    const live = i32[w];
    const free = table[cursor + Cursor.bits] & ~live;
    if (free === 0) return this.refill(cursor, bytes);
    const lowest = free & -free;
    i32[w] = live | lowest;
    return (table[cursor + Cursor.last] - Math.clz32(lowest) * table[cursor + Cursor.blockBytes]) >>> 0;
  }

  /**
   * Frees a block of a page of this thread's, without an atomic. It is asked of every address, so what is no such block, or is
   * freed in another way, differs from one in nothing but the numbers, and is told apart when they do not fit.
   */
  freeOwn(address: number): boolean {
    const { units } = this;
    const unit = (address >>> 12) << OwnUnit.wordsLog2;
    // beyond the table there is nothing, and nothing is less than that
    const inverse = units[unit];
    const offset = address - units[unit + OwnUnit.start];
    // see SlabShapes: the index is above the point, and what is below says whether a block begins there
    const product = Math.imul(offset >> 4, inverse);
    if ((product << Inverse.aboveFraction) >>> Inverse.aboveFraction < inverse && !(offset & Inverse.notABlock)) {
      const { i32 } = this.memory;
      const first = units[unit + OwnUnit.live];
      const w = first + (product >>> Inverse.wordBits);
      const live = i32[w];
      const rest = live & ~(1 << (product >>> Inverse.bits));
      if (rest !== live && (i32[(address >>> 2) + 1] ^ address) !== Freed.mark) {
        i32[w] = rest;
        if (rest === 0 && this.table[units[unit + OwnUnit.cursor] + Cursor.firstWord] !== first) this.emptied(w, unit);
        return true;
      }
    }
    // a boolean to the compiler too, which otherwise would ask after each of the calls above what kind of value this is
    return !!this.freeTheLongWay(address);
  }

  /** Looks at the same words as {@link freeOwn}. @returns 0 when no live block of a slab of this thread's begins there */
  ownSize(address: number): number {
    const { units } = this;
    const unit = (address >>> 12) << OwnUnit.wordsLog2;
    const inverse = units[unit];
    const offset = address - units[unit + OwnUnit.start];
    const product = Math.imul(offset >> 4, inverse);
    if (!((product << Inverse.aboveFraction) >>> Inverse.aboveFraction < inverse) || offset & Inverse.notABlock) return 0;
    const { i32 } = this.memory;
    const isLive = i32[units[unit + OwnUnit.live] + (product >>> Inverse.wordBits)] & (1 << (product >>> Inverse.bits));
    return isLive === 0 || (i32[(address >>> 2) + 1] ^ address) === Freed.mark ? 0 : this.table[units[unit + OwnUnit.cursor] + Cursor.blockBytes];
  }
}
