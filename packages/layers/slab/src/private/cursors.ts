/**
 * Where a thread allocates next: for each class, in a word of the live bits of one of its slabs. One table, into which the size
 * of a request leads: first the cursors; then, for every 16 bytes of size, the place of the cursor of the class that serves it.
 * What is too large for a class finds the first cursor, of no class, which never has a block, or nothing, behind the table's end.
 *
 * The table is not shared. All it says can be read off the slabs, and when a thread dies nobody goes on where it would have.
 */
import type { Memory } from "@heapwright/core";
import { liveWord, pageOf, startOf, UNIT_BYTES, unitWord } from "./private-layout.js";
import { SMALLEST_SLAB_BLOCK, type SlabShapes } from "./slab-shapes.js";

/** Where things are in a cursor. A const enum, since those are numbers to the engine, where a module's constants are variables. */
export const enum Cursor {
  /** The word of live bits in which the next block is looked for. The first one: `allocate` of short-ways.ts has no addition for it. */
  word,
  /** Of that word the bits that stand for blocks of the slab; 0 where there is no slab. */
  bits,
  /** Address of the block that its highest bit stands for, or would. */
  last,
  blockBytes,
  /** First word of the slab's live bits, or 0 where there is no slab. */
  firstWord,
  /** Last one; of that the bits that stand for blocks. */
  lastWord,
  lastBits,
  /** Address of the slab's first block, or 0 where there is no slab. */
  start,
  /** How many there are. */
  words,
}

/** The place of the cursor of class `c`. */
export function cursorOf(c: number): number {
  return (c + 1) * Cursor.words;
}

export class Cursors {
  readonly table: Int32Array;
  /** `table[requests + ((bytes + 15) >>> 4)]` is the place of the cursor for a request. What wraps around at 2^32 finds that for 0, which never has a block either. */
  readonly requests: number;

  /** @param largest request that finds a cursor, in bytes */
  constructor(
    private readonly memory: Memory,
    private readonly shapes: SlabShapes,
    largest: number,
  ) {
    const { count, maximum, blockBytes } = shapes;
    this.requests = (count + 1) * Cursor.words;
    this.table = new Int32Array(this.requests + largest / SMALLEST_SLAB_BLOCK + 1);
    for (let bytes = SMALLEST_SLAB_BLOCK; bytes <= maximum; bytes += SMALLEST_SLAB_BLOCK) this.table[this.requestPlace(bytes)] = cursorOf(shapes.usual(bytes));
    for (let c = 0; c < count; c++) this.table[cursorOf(c) + Cursor.blockBytes] = blockBytes[c];
  }

  classAt(cursor: number): number {
    return cursor / Cursor.words - 1;
  }

  private requestPlace(bytes: number): number {
    return this.requests + ((bytes + 15) >>> 4);
  }

  /** The class that serves a request that one can serve. */
  classFor(bytes: number): number {
    return this.classAt(this.table[this.requestPlace(Math.max(1, bytes))]);
  }

  /** Requests that fit class `c` and no smaller one are served by it from here on. */
  refine(c: number): void {
    const smaller = c === 0 ? 0 : this.shapes.blockBytes[c - 1];
    this.table.fill(cursorOf(c), this.requestPlace(smaller + 1), this.requestPlace(this.shapes.blockBytes[c]) + 1);
  }

  /** The slab being allocated from in class `c`, or 0. */
  slab(c: number): number {
    return (this.table[cursorOf(c) + Cursor.start] & -UNIT_BYTES) >>> 0;
  }

  /** Class `c` is served from a slab of so many blocks from here on, of which word `k` of the live bits has a free one. */
  enter(c: number, slab: number, capacity: number, k: number): true {
    const { table } = this;
    const cursor = cursorOf(c);
    const first = liveWord(slab);
    const last = (capacity - 1) >>> 5;
    table[cursor + Cursor.firstWord] = first;
    table[cursor + Cursor.lastWord] = first + last;
    table[cursor + Cursor.lastBits] = this.shapes.bits(last, capacity);
    table[cursor + Cursor.start] = startOf(pageOf(slab), this.memory.i32[unitWord(slab)]);
    return this.point(cursor, first + k);
  }

  /** Goes to a word of the slab's live bits. */
  private point(cursor: number, w: number): true {
    const { table } = this;
    table[cursor + Cursor.word] = w;
    table[cursor + Cursor.bits] = w === table[cursor + Cursor.lastWord] ? table[cursor + Cursor.lastBits] : -1;
    table[cursor + Cursor.last] = table[cursor + Cursor.start] + ((w - table[cursor + Cursor.firstWord]) * 32 + 31) * table[cursor + Cursor.blockBytes];
    return true;
  }

  /** Goes on to a word with a free block, once round the slab. @returns false when there is none; then the cursor is nowhere */
  advance(cursor: number): boolean {
    const { table } = this;
    if (table[cursor + Cursor.start] === 0) return false;
    const { i32 } = this.memory;
    const here = table[cursor + Cursor.word];
    const last = table[cursor + Cursor.lastWord];
    // the last word has fewer blocks, and is looked at when none of those before it is left
    for (let w = here + 1; w < last; w++) if (i32[w] !== -1) return this.point(cursor, w);
    if ((table[cursor + Cursor.lastBits] & ~i32[last]) !== 0) return this.point(cursor, last);
    for (let w = table[cursor + Cursor.firstWord]; w <= here; w++) if (i32[w] !== -1 && w !== last) return this.point(cursor, w);
    this.quit(cursor);
    return false;
  }

  /** The class of a cursor is served from no slab. */
  quit(cursor: number): void {
    this.table[cursor + Cursor.word] = 0;
    this.table[cursor + Cursor.bits] = 0;
    this.table[cursor + Cursor.firstWord] = 0;
    this.table[cursor + Cursor.start] = 0;
  }

  quitAll(): void {
    for (let c = 0; c < this.shapes.count; c++) this.quit(cursorOf(c));
  }

  /** A block of the word in which a cursor is; 0 when it has none. `allocate` of short-ways.ts has the same steps in its own lines. */
  take(cursor: number): number {
    const { table } = this;
    const { i32 } = this.memory;
    const w = table[cursor + Cursor.word];
    const free = table[cursor + Cursor.bits] & ~i32[w];
    if (free === 0) return 0;
    const lowest = free & -free;
    i32[w] |= lowest;
    return (table[cursor + Cursor.last] - Math.clz32(lowest) * table[cursor + Cursor.blockBytes]) >>> 0;
  }

  /** The first word of a slab's live bits with a free block; -1 when it is full. */
  freeWord(slab: number, capacity: number): number {
    const { i32 } = this.memory;
    const w = liveWord(slab);
    const last = (capacity - 1) >>> 5;
    for (let k = 0; k < last; k++) if (i32[w + k] !== -1) return k;
    return (this.shapes.bits(last, capacity) & ~i32[w + last]) !== 0 ? last : -1;
  }
}
