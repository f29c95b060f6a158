/**
 * The superblocks of one thread, on doubly linked lists that nobody else touches: one per class of those that may have
 * free blocks, of which the first is the one in use, and one of the full ones, whatever their class, in the order in
 * which they are to be looked at again. The heads are a row of the thread's slot in the heap's header.
 */
import { HeapCorruptionError, i32, PAGE_BYTES, struct, type Memory } from "@heapwright/core";
import { EXCLUSIVE_SUPERBLOCK } from "./exclusive-geometry.js";

export const EXCLUSIVE_ROW = struct("ExclusiveRow", {
  /** full superblock to be looked at next, or 0; plain, by the thread of the slot, as the whole row */
  firstFull: i32(),
  /** full superblock looked at last, or 0 */
  lastFull: i32(),
  /** first superblock of class 0, or 0; those of the other classes follow */
  first: i32(),
}, { bytes: 12 });

const { next: NEXT, previous: PREVIOUS, full: FULL } = EXCLUSIVE_SUPERBLOCK;

/** What {@link PrivateLists.check} calls the list of full superblocks. */
export const FULL_LIST = -1;

const LAYER = "exclusive slabs";

/** Bytes of a row for so many classes; rows lie on cache lines of their own. */
export function rowBytes(classes: number): number {
  return Math.ceil((EXCLUSIVE_ROW.bytes + (classes - 1) * 4) / 128) * 128;
}

export class PrivateLists {
  /** The word of the first superblock of class 0. */
  readonly firstWord: number;

  constructor(
    private readonly memory: Memory,
    private readonly rowWord: number,
  ) {
    this.firstWord = rowWord + EXCLUSIVE_ROW.first;
  }

  /** The superblock in use for class `c`, or 0. */
  first(c: number): number {
    return this.memory.i32[this.firstWord + c] >>> 0;
  }

  firstFull(): number {
    return this.memory.i32[this.rowWord + EXCLUSIVE_ROW.firstFull] >>> 0;
  }

  lastFull(): number {
    return this.memory.i32[this.rowWord + EXCLUSIVE_ROW.lastFull] >>> 0;
  }

  next(superblock: number): number {
    return this.memory.i32[(superblock >>> 2) + NEXT] >>> 0;
  }

  /** Puts a superblock behind the one in use, or makes it that when there is none. */
  add(c: number, superblock: number): void {
    const { i32 } = this.memory;
    const first = this.first(c);
    const next = first === 0 ? 0 : this.next(first);
    i32[(superblock >>> 2) + FULL] = 0;
    i32[(superblock >>> 2) + NEXT] = next;
    i32[(superblock >>> 2) + PREVIOUS] = first;
    if (next !== 0) i32[(next >>> 2) + PREVIOUS] = superblock;
    i32[first === 0 ? this.firstWord + c : (first >>> 2) + NEXT] = superblock;
  }

  addFull(superblock: number): void {
    const { i32 } = this.memory;
    const last = i32[this.rowWord + EXCLUSIVE_ROW.lastFull] >>> 0;
    i32[(superblock >>> 2) + FULL] = 1;
    i32[(superblock >>> 2) + NEXT] = 0;
    i32[(superblock >>> 2) + PREVIOUS] = last;
    i32[last === 0 ? this.rowWord + EXCLUSIVE_ROW.firstFull : (last >>> 2) + NEXT] = superblock;
    i32[this.rowWord + EXCLUSIVE_ROW.lastFull] = superblock;
  }

  /** Takes a superblock off the list it is on. */
  remove(c: number, superblock: number): void {
    const { i32 } = this.memory;
    const full = i32[(superblock >>> 2) + FULL] !== 0;
    const next = this.next(superblock);
    const previous = i32[(superblock >>> 2) + PREVIOUS] >>> 0;
    const head = full ? this.rowWord + EXCLUSIVE_ROW.firstFull : this.firstWord + c;
    i32[previous === 0 ? head : (previous >>> 2) + NEXT] = next;
    if (next !== 0) i32[(next >>> 2) + PREVIOUS] = previous;
    else if (full) i32[this.rowWord + EXCLUSIVE_ROW.lastFull] = previous;
  }

  /** Visits every superblock with the list it is on, and proves that lists lead back. @throws HeapCorruptionError */
  check(classes: number, visit: (superblock: number, list: number) => void): void {
    for (let c = 0; c < classes; c++) this.checkList(this.first(c), (superblock) => visit(superblock, c));
    const last = this.checkList(this.firstFull(), (superblock) => visit(superblock, FULL_LIST));
    if (last !== this.lastFull()) throw new HeapCorruptionError(last, LAYER, `the list of full ones ends here, and not at ${this.lastFull()}`);
  }

  private checkList(first: number, visit: (superblock: number) => void): number {
    let previous = 0;
    for (let superblock = first; superblock !== 0; superblock = this.next(superblock)) {
      if (superblock % PAGE_BYTES !== 0 || superblock >= this.memory.end) throw new HeapCorruptionError(previous, LAYER, `a link to ${superblock}`);
      if (this.memory.i32[(superblock >>> 2) + PREVIOUS] >>> 0 !== previous) throw new HeapCorruptionError(superblock, LAYER, "a list does not lead back");
      visit(superblock);
      previous = superblock;
    }
    return previous;
  }
}
