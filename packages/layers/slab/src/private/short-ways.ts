/**
 * What most calls are: the lowest free bit of one word, and back. They are functions over constants and not methods, so that in
 * a thread with one heap V8 compiles the places of the tables in, and short in bytecode, so that it inlines
 * both into a loop (it has a budget of some nine hundred bytes). Everything else is a {@link LongWays}.
 */
import type { Memory } from "@heapwright/core";
import { Cursor } from "./cursors.js";
import { OwnUnit } from "./own-units.js";
import { Freed } from "./remote-frees.js";
import { Inverse } from "./slab-shapes.js";

export interface LongWays {
  /** Allocates when the cursor has no free bit, or there is none for so many bytes. */
  refill(cursor: number, bytes: number): number;
  /** Frees what is no block of a slab, or may not be freed. */
  free(address: number): boolean;
  /** No block of word `w` is live any more, which was the last that `address` was freed in. */
  emptied(w: number, address: number): void;
  /** Bytes of a block of the unit with this word. */
  bytesOf(unit: number): number;
}

export interface ShortWays {
  allocate(bytes: number): number;
  freeOwn(address: number): boolean;
  ownSize(address: number): number;
}

/**
 * @param table see `Cursors`
 * @param units see `OwnUnits`
 */
export function shortWays(memory: Memory, table: Int32Array, units: Int32Array, long: LongWays): ShortWays {
  const { imul, clz32 } = Math;

  /** Without an atomic, as long as the word of live bits in use has a free one. */
  const allocate = (bytes: number): number => {
    const { i32 } = memory;
    const cursor = table[(bytes + 15) >>> 4];
    const w = table[cursor + Cursor.word];
    const live = i32[w];
    const free = table[cursor + Cursor.bits] & ~live;
    if (free === 0) return long.refill(cursor, bytes);
    const lowest = free & -free;
    i32[w] = live | lowest;
    return (table[cursor + Cursor.base] + imul(31 - clz32(lowest), table[cursor + Cursor.blockBytes])) >>> 0;
  };

  /**
   * Frees a block of a page of this thread's, without an atomic. It is asked of every address, so what is no such block, or is
   * freed in another way, differs from one in nothing but the numbers, and is told apart when they do not fit.
   */
  const freeOwn = (address: number): boolean => {
    const unit = (address >>> 12) << OwnUnit.wordsLog2;
    // beyond the table there is nothing, and nothing is less than that
    const inverse = units[unit];
    const offset = address - units[unit + OwnUnit.start];
    // see SlabShapes: the index is above the point, and what is below says whether a block begins there
    const product = imul(offset >> 4, inverse);
    if ((product << Inverse.aboveFraction) >>> Inverse.aboveFraction < inverse && !(offset & Inverse.notABlock)) {
      const { i32 } = memory;
      const w = units[unit + OwnUnit.live] + (product >>> Inverse.wordBits);
      const live = i32[w];
      const rest = live & ~(1 << (product >>> Inverse.bits));
      if (rest !== live && (i32[(address >>> 2) + 1] ^ address) !== Freed.mark) {
        i32[w] = rest;
        if (rest === 0) long.emptied(w, address);
        return true;
      }
    }
    return long.free(address);
  };

  /** Looks at the same words as {@link freeOwn}. @returns 0 when no live block of a slab of this thread's begins there */
  const ownSize = (address: number): number => {
    const unit = (address >>> 12) << OwnUnit.wordsLog2;
    const inverse = units[unit];
    const offset = address - units[unit + OwnUnit.start];
    const product = imul(offset >> 4, inverse);
    if (!((product << Inverse.aboveFraction) >>> Inverse.aboveFraction < inverse) || offset & Inverse.notABlock) return 0;
    const { i32 } = memory;
    const isLive = i32[units[unit + OwnUnit.live] + (product >>> Inverse.wordBits)] & (1 << (product >>> Inverse.bits));
    return isLive === 0 || (i32[(address >>> 2) + 1] ^ address) === Freed.mark ? 0 : long.bytesOf(units[unit + OwnUnit.value]);
  };

  return { allocate, freeOwn, ownSize };
}
