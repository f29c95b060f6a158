/**
 * The words that the main thread and its workers share in a stress run, beside the heap and outside it: orders, signs of
 * life, what each worker holds, and mailboxes in which blocks change hands. What a worker holds stands here and not in
 * its own memory, so that whoever takes its place after it was killed can go on with its blocks.
 *
 * Whoever is about to do something to a held block takes it out of its slot first and puts the outcome back after. A
 * worker that is killed between leaves an empty slot, and at most the one block it had in hand is nobody's.
 */
import { i32, struct } from "@heapwright/core";

const CONTROL = struct("StressControl", {
  stop: i32("1: come to an end; written by the main thread"),
  mailboxes: i32("number of mailboxes; constant"),
  slots: i32("slots per row; constant"),
}, { align: 128 });

const ROW = struct("StressRow", {
  thread: i32("the worker's id in the heap, 0 until it has joined; written by the worker, cleared by the main thread"),
  operations: i32("operations it has completed; a sign of life"),
  refusals: i32("how many of them the heap had no memory for"),
  doing: i32("number of the operation it is in, of OPERATIONS; for messages"),
}, { align: 128 });

const SLOT = struct("StressSlot", {
  address: i32("of the block that is held, 0 when none is; stored last, cleared first"),
  size: i32("as asked for"),
  seed: i32("of its stamp"),
});

/** What a worker may be doing, for messages. */
const OPERATIONS = ["starting", "allocating", "freeing", "resizing", "sending", "leaving", "adopting", "looking"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A block with what is needed to prove it whole. */
export interface Holding {
  readonly address: number;
  readonly size: number;
  readonly seed: number;
}

export class Control {
  private readonly words: Int32Array;

  private constructor(
    readonly buffer: SharedArrayBuffer,
    readonly rows: number,
  ) {
    this.words = new Int32Array(buffer);
  }

  static make(rows: number, slots: number, mailboxes: number): Control {
    const words = (CONTROL.bytes + mailboxes * 4) / 4 + rows * rowWords(slots);
    const control = new Control(new SharedArrayBuffer(words * 4), rows);
    control.words[CONTROL.slots] = slots;
    control.words[CONTROL.mailboxes] = mailboxes;
    return control;
  }

  static over(buffer: SharedArrayBuffer, rows: number): Control {
    return new Control(buffer, rows);
  }

  get slots(): number {
    return this.words[CONTROL.slots];
  }

  get mailboxes(): number {
    return this.words[CONTROL.mailboxes];
  }

  get stopped(): boolean {
    return Atomics.load(this.words, CONTROL.stop) !== 0;
  }

  stop(): void {
    Atomics.store(this.words, CONTROL.stop, 1);
  }

  /** Leaves the block at `address` in a mailbox. @returns the address that was in it, or 0 */
  exchange(mailbox: number, address: number): number {
    return Atomics.exchange(this.words, CONTROL.bytes / 4 + mailbox, address | 0) >>> 0;
  }

  threadOf(row: number): number {
    return Atomics.load(this.words, this.rowAt(row) + ROW.thread);
  }

  setThread(row: number, thread: number): void {
    Atomics.store(this.words, this.rowAt(row) + ROW.thread, thread);
  }

  operationsOf(row: number): number {
    return Atomics.load(this.words, this.rowAt(row) + ROW.operations);
  }

  refusalsOf(row: number): number {
    return Atomics.load(this.words, this.rowAt(row) + ROW.refusals);
  }

  countOperation(row: number): void {
    Atomics.add(this.words, this.rowAt(row) + ROW.operations, 1);
  }

  countRefusal(row: number): void {
    Atomics.add(this.words, this.rowAt(row) + ROW.refusals, 1);
  }

  doing(row: number): Operation {
    return OPERATIONS[Atomics.load(this.words, this.rowAt(row) + ROW.doing)];
  }

  begin(row: number, operation: Operation): void {
    Atomics.store(this.words, this.rowAt(row) + ROW.doing, OPERATIONS.indexOf(operation));
  }

  /** Puts a block into an empty slot; from then on it is the row's. */
  put(row: number, slot: number, { address, size, seed }: Holding): void {
    const w = this.slotAt(row, slot);
    Atomics.store(this.words, w + SLOT.size, size);
    Atomics.store(this.words, w + SLOT.seed, seed);
    Atomics.store(this.words, w + SLOT.address, address | 0);
  }

  /** Takes the block out of a slot. @returns undefined when the slot is empty */
  take(row: number, slot: number): Holding | undefined {
    const w = this.slotAt(row, slot);
    const size = Atomics.load(this.words, w + SLOT.size);
    const seed = Atomics.load(this.words, w + SLOT.seed);
    const address = Atomics.exchange(this.words, w + SLOT.address, 0) >>> 0;
    return address === 0 ? undefined : { address, size, seed };
  }

  private rowAt(row: number): number {
    return (CONTROL.bytes + this.mailboxes * 4) / 4 + row * rowWords(this.slots);
  }

  private slotAt(row: number, slot: number): number {
    return this.rowAt(row) + ROW.bytes / 4 + (slot * SLOT.bytes) / 4;
  }
}

function rowWords(slots: number): number {
  return (ROW.bytes + slots * SLOT.bytes) / 4;
}
