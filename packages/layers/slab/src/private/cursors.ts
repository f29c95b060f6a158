/**
 * Where a thread allocates next: for each class, in a word of the live bits of one of its slabs. One table, into which the size
 * of a request leads: first, for every 16 bytes of size, the place of the cursor of the class that serves it; then the cursors.
 *
 * The table is not shared. All it says can be read off the slabs, and when a thread dies nobody goes on where it would have.
 */
import type { Memory } from "@heapwright/core";
import { liveWord, pageOf, startOf, unitWord } from "./private-layout.js";
import { SMALLEST_SLAB_BLOCK, type SlabShapes } from "./slab-shapes.js";

/** Where things are in a cursor. A const enum, since those are numbers to the engine, where a module's constants are variables. */
export const enum Cursor {
  /** The word of live bits in which the next block is looked for. */
  word,
  /** Of that word the bits that stand for blocks of the slab; 0 where there is no slab. */
  bits,
  /** Address of the block that its lowest bit stands for. */
  base,
  blockBytes,
  /** How many there are. */
  words,
}

export class Cursors {
  /** `table[(bytes + 15) >>> 4]` is the place of the cursor for a request. */
  readonly table: Int32Array;
  /** Place of the cursor of class 0. */
  private readonly first: number;
  /** Per class, the slab that its cursor is in, or 0; and blocks of that. */
  private readonly slabs: Int32Array;
  private readonly capacities: Int32Array;

  /** @param largest request that is looked up, in bytes; such as have no class find a cursor without a block */
  constructor(
    private readonly memory: Memory,
    private readonly shapes: SlabShapes,
    largest: number,
  ) {
    const { count, maximum, blockBytes } = shapes;
    this.first = largest / SMALLEST_SLAB_BLOCK + 1;
    this.table = new Int32Array(this.first + (count + 1) * Cursor.words).fill(this.of(count), 0, this.first);
    this.slabs = new Int32Array(count);
    this.capacities = new Int32Array(count);
    for (let bytes = 0; bytes <= maximum; bytes += SMALLEST_SLAB_BLOCK) this.table[bytes / SMALLEST_SLAB_BLOCK] = this.of(shapes.usual(bytes));
    for (let c = 0; c < count; c++) this.table[this.of(c) + Cursor.blockBytes] = blockBytes[c];
  }

  /** The place of the cursor of class `c`. */
  of(c: number): number {
    return this.first + c * Cursor.words;
  }

  classAt(cursor: number): number {
    return (cursor - this.first) / Cursor.words;
  }

  /** The class that serves a request. */
  classFor(bytes: number): number {
    return this.classAt(this.table[(bytes + 15) >>> 4]);
  }

  /** Requests that fit class `c` and no smaller one are served by it from here on. */
  refine(c: number): void {
    const smaller = c === 0 ? -SMALLEST_SLAB_BLOCK : this.shapes.blockBytes[c - 1];
    this.table.fill(this.of(c), smaller / SMALLEST_SLAB_BLOCK + 1, this.shapes.blockBytes[c] / SMALLEST_SLAB_BLOCK + 1);
  }

  /** The slab being allocated from in class `c`, or 0. */
  slab(c: number): number {
    return this.slabs[c] >>> 0;
  }

  /** Class `c` is served from a slab of so many blocks from here on, of which word `k` of the live bits has a free one. */
  enter(c: number, slab: number, capacity: number, k: number): true {
    this.slabs[c] = slab;
    this.capacities[c] = capacity;
    return this.point(c, k);
  }

  /** Goes to word `k` of the slab's live bits. */
  private point(c: number, k: number): true {
    const { table, shapes } = this;
    const slab = this.slab(c);
    const cursor = this.of(c);
    table[cursor + Cursor.word] = liveWord(slab) + k;
    table[cursor + Cursor.bits] = shapes.bits(k, this.capacities[c]);
    table[cursor + Cursor.base] = startOf(pageOf(slab), this.memory.i32[unitWord(slab)]) + k * 32 * shapes.blockBytes[c];
    return true;
  }

  /** Goes on to a word with a free block, once round the slab. @returns false when there is none; then the cursor is nowhere */
  advance(c: number): boolean {
    const slab = this.slab(c);
    if (slab === 0) return false;
    const k = this.freeWord(slab, this.table[this.of(c) + Cursor.word] - liveWord(slab) + 1, this.capacities[c]);
    if (k >= 0) return this.point(c, k);
    this.quit(c);
    return false;
  }

  /** Class `c` is served from no slab. */
  quit(c: number): void {
    const cursor = this.of(c);
    this.slabs[c] = 0;
    this.table[cursor + Cursor.word] = 0;
    this.table[cursor + Cursor.bits] = 0;
  }

  quitAll(): void {
    for (let c = 0; c < this.shapes.count; c++) this.quit(c);
  }

  /** A block of the word in which the cursor of class `c` is; 0 when it has none. `allocate` has the same steps in its own lines, as its short way. */
  take(c: number): number {
    const { table } = this;
    const { i32 } = this.memory;
    const cursor = this.of(c);
    const w = table[cursor + Cursor.word];
    const free = table[cursor + Cursor.bits] & ~i32[w];
    if (free === 0) return 0;
    const lowest = free & -free;
    i32[w] |= lowest;
    return (table[cursor + Cursor.base] + Math.imul(31 - Math.clz32(lowest), table[cursor + Cursor.blockBytes])) >>> 0;
  }

  /** A word of a slab's live bits with a free block, looked for from word `from` on and around; -1 when it is full. */
  freeWord(slab: number, from: number, capacity: number): number {
    const { i32 } = this.memory;
    const words = (capacity + 31) >>> 5;
    const w = liveWord(slab);
    for (let left = words, k = from; left > 0; left--, k++) {
      if (k >= words) k = 0;
      if ((this.shapes.bits(k, capacity) & ~i32[w + k]) !== 0) return k;
    }
    return -1;
  }
}
