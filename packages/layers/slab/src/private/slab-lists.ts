/**
 * The slabs of one thread that have free blocks, per class, longest waiting first: so that each has gathered some when it
 * is allocated from again. On no list are those that are full, and the one that is being allocated from.
 */
import { HeapCorruptionError, type Memory } from "@heapwright/core";
import { LAYER, PRIVATE_PAGE, UNIT_BYTES, unitOf } from "./private-layout.js";
import type { ThreadRow } from "./thread-row.js";

export class SlabLists {
  constructor(
    private readonly memory: Memory,
    private readonly row: ThreadRow,
  ) {}

  /** The slab of class `c` that has waited longest, or 0. */
  first(c: number): number {
    return this.memory.i32[this.row.list(c)] >>> 0;
  }

  append(c: number, slab: number): void {
    const { i32 } = this.memory;
    const list = this.row.list(c);
    const last = i32[list + 1] >>> 0;
    i32[linkWord(slab)] = 0;
    i32[linkWord(slab) + 1] = last;
    i32[last === 0 ? list : linkWord(last)] = slab;
    i32[list + 1] = slab;
  }

  remove(c: number, slab: number): void {
    const { i32 } = this.memory;
    const list = this.row.list(c);
    const next = i32[linkWord(slab)] >>> 0;
    const previous = i32[linkWord(slab) + 1] >>> 0;
    i32[previous === 0 ? list : linkWord(previous)] = next;
    i32[next === 0 ? list + 1 : linkWord(next) + 1] = previous;
  }

  /** This thread's slabs of class `c` with free blocks. */
  all(c: number): number[] {
    return this.listed(this.row.list(c));
  }

  /** The slabs of the list at a word. Quiescent, unless it is this thread's. @throws HeapCorruptionError when links do not lead back */
  listed(list: number): number[] {
    const { i32 } = this.memory;
    const slabs: number[] = [];
    let previous = 0;
    for (let slab = i32[list] >>> 0; slab !== 0; slab = i32[linkWord(slab)] >>> 0) {
      if (slab >= this.memory.end || slab % UNIT_BYTES !== 0 || i32[linkWord(slab) + 1] >>> 0 !== previous) {
        throw new HeapCorruptionError(slab, LAYER, "a list of slabs does not lead back");
      }
      slabs.push(slab);
      previous = slab;
    }
    if (i32[list + 1] >>> 0 !== previous) throw new HeapCorruptionError(previous, LAYER, "a list of slabs does not end where it says");
    return slabs;
  }
}

/** The word with the next slab; the previous one's follows. */
function linkWord(slab: number): number {
  const w = (slab & -65536) >>> 2;
  const unit = unitOf(slab);
  return unit === 0 ? w + PRIVATE_PAGE.slabNext : w + PRIVATE_PAGE.links + unit * 2;
}
