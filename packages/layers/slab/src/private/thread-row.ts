/**
 * The words of one thread: its lists of slabs and pages, and the blocks of others that it has freed and not yet sent home. They lie in a unit of the thread's own first page, so that a thread costs
 * nothing before it allocates; the header has one word for each slot, which leads there when the thread has died.
 */
import { i32, struct, words, type Memory, type Root } from "@heapwright/core";
import { UNITS } from "./private-layout.js";

/** Pages whose blocks a thread may be collecting to send home. */
export const BATCHES = 16;

export const BATCH = struct("Batch", {
  /** whose blocks these are, or 0 */
  page: i32(),
  /** first block of the chain, or 0; blocks are linked through their first words */
  head: i32(),
  /** last block of the chain */
  tail: i32(),
  /** bytes of the chain's blocks, for each 512 at least; or -1 while it is being sent */
  weight: i32(),
});

export const PRIVATE_ROW = struct("PrivateRow", {
  /** page of the thread's to be looked at next, or 0; all words plain, by the thread of the row */
  ring: i32(),
  /** 0 */
  unused: words(3),
  /** first page whose longest run of free units is one, or 0; those of the other lengths follow */
  open: words(UNITS),
  /** a Batch for each page number modulo so many */
  batches: words(BATCHES * 4),
  /** the slab of class 0 to be looked at next, or 0; those of the other classes follow */
  rings: words(1),
});

export const SLOT_WORD = struct("PrivateSlot", {
  /** address of the row of the slot's thread, or 0; by that thread, and by who reclaims it */
  row: i32(),
});

/** Where things lie in a row. */
export class RowWords {
  /** @param address of the row */
  constructor(public address: number) {}

  static bytes(classes: number): number {
    return (PRIVATE_ROW.rings + classes) * 4;
  }

  /** The word of a field. */
  word(field: number): number {
    return (this.address >>> 2) + field;
  }

  /** The word with the first page whose longest run of free units has `length`, from 1. */
  open(length: number): number {
    return this.word(PRIVATE_ROW.open + length - 1);
  }

  /** The word with the slab of class `c` to be looked at next. */
  ring(c: number): number {
    return this.word(PRIVATE_ROW.rings + c);
  }
}

/** The row of this thread. Before it has one, and when it has left, words that are always 0. */
export class ThreadRow extends RowWords {
  readonly bytes: number;
  private readonly memory: Memory;
  private readonly none: number;
  private readonly slots: number;

  constructor(
    private readonly root: Root,
    classes: number,
  ) {
    const bytes = RowWords.bytes(classes);
    const none = root.claim("NoPrivateRow", bytes, 128);
    super(none);
    this.bytes = bytes;
    this.none = none;
    this.memory = root.memory;
    this.slots = root.claimStruct(SLOT_WORD, root.threads.capacity) >>> 2;
  }

  get exists(): boolean {
    return this.address !== this.none;
  }

  /** Makes a zeroed row this thread's. */
  set(address: number): void {
    this.address = address;
    this.memory.store(this.slots + this.root.threads.slot, address);
  }

  /** The thread has no row from here on. */
  drop(): void {
    this.address = this.none;
    this.memory.store(this.slots + this.root.threads.slot, 0);
  }

  /** Address of the row of the thread in a slot, or 0. */
  of(slot: number): number {
    return slot < 0 ? 0 : this.memory.load(this.slots + slot) >>> 0;
  }

  /** The row of a dead thread is forgotten; the unit it was in is free. */
  forget(slot: number): void {
    this.memory.store(this.slots + slot, 0);
  }

  /** Visits the rows of all threads that have one, as far as there is memory there, and tells whose each is. Racy. */
  rowsDo(visit: (row: number, thread: number) => void): void {
    for (let slot = 0; slot < this.root.threads.capacity; slot++) {
      const row = this.of(slot);
      if (row !== 0 && this.memory.reach(row + this.bytes - 1)) visit(row, this.root.threads.idIn(slot));
    }
  }
}
