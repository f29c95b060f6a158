/**
 * The slabs of one thread: a ring of all of each class, in which the thread goes round in search of free blocks. A slab that
 * has been allocated from comes last again, and has a whole round to gather some; that it is full, or no longer, is
 * written nowhere, so freeing a block does not have to look.
 */
import { HeapCorruptionError, type Memory } from "@heapwright/core";
import { LAYER, PRIVATE_PAGE, UNIT_BYTES, unitOf } from "./private-layout.js";
import type { ThreadRow } from "./thread-row.js";

export class SlabRings {
  constructor(
    private readonly memory: Memory,
    private readonly row: ThreadRow,
  ) {}

  /** The slab of class `c` to be looked at next; 0 when there are none. */
  next(c: number): number {
    return this.memory.i32[this.row.ring(c)] >>> 0;
  }

  /** The slab behind one. @throws HeapCorruptionError when none can be there */
  after(slab: number): number {
    const next = this.memory.i32[linkWord(slab)] >>> 0;
    return next !== 0 && this.mayBe(next) ? next : astray(slab);
  }

  /** A slab of class `c` is to be looked at next. */
  turnTo(c: number, slab: number): void {
    this.memory.i32[this.row.ring(c)] = slab;
  }

  /** Puts a slab where it is looked at last. */
  insert(c: number, slab: number): void {
    const { i32 } = this.memory;
    const ring = this.row.ring(c);
    if (i32[ring] === 0) i32[ring] = i32[linkWord(slab) + 1] = slab;
    const next = i32[ring] >>> 0;
    const previous = i32[linkWord(next) + 1] >>> 0;
    i32[linkWord(slab)] = next;
    i32[linkWord(slab) + 1] = previous;
    i32[linkWord(previous)] = slab;
    i32[linkWord(next) + 1] = slab;
  }

  remove(c: number, slab: number): void {
    const { i32 } = this.memory;
    const ring = this.row.ring(c);
    const next = i32[linkWord(slab)] >>> 0;
    const previous = i32[linkWord(slab) + 1] >>> 0;
    i32[linkWord(previous)] = next;
    i32[linkWord(next) + 1] = previous;
    if (i32[ring] >>> 0 === slab) i32[ring] = next === slab ? 0 : next;
  }

  /** The slabs of the ring at a word, of any thread. Quiescent. @throws HeapCorruptionError when links do not lead back */
  around(ring: number): number[] {
    const { i32 } = this.memory;
    const first = i32[ring] >>> 0;
    if (first === 0) return [];
    const slabs: number[] = [];
    let slab = first;
    do {
      if (!this.mayBe(slab)) astray(slab);
      const next = this.after(slab);
      if (i32[linkWord(next) + 1] >>> 0 !== slab) astray(slab);
      slabs.push(slab);
      slab = next;
    } while (slab !== first);
    return slabs;
  }

  private mayBe(slab: number): boolean {
    return slab < this.memory.end && slab % UNIT_BYTES === 0;
  }
}

function astray(slab: number): never {
  throw new HeapCorruptionError(slab, LAYER, "a ring of slabs does not lead back");
}

/** The word with the next slab; the previous one's follows. */
function linkWord(slab: number): number {
  const w = (slab & -65536) >>> 2;
  const unit = unitOf(slab);
  return unit === 0 ? w + PRIVATE_PAGE.slabNext : w + PRIVATE_PAGE.links + unit * 2;
}
