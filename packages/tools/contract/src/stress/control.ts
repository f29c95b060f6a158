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
  /** 1: come to an end; written by the main thread */
  stop: i32(),
  /** number of mailboxes; constant */
  mailboxes: i32(),
  /** slots per row; constant */
  slots: i32(),
  /** 1: stand still between two operations; written by the main thread, waited for by workers */
  pause: i32(),
  /** number of the moment that the main thread waits for, of MOMENTS, or 0 */
  awaited: i32(),
  /** row + 1 of the worker that was first at that moment; CAS from 0, waited for by the main thread */
  caller: i32(),
}, { align: 128 });

const ROW = struct("StressRow", {
  /** the worker's id in the heap, 0 until it has joined; written by the worker, cleared by the main thread */
  thread: i32(),
  /** operations it has completed; a sign of life */
  operations: i32(),
  /** how many of them the heap had no memory for */
  refusals: i32(),
  /** number of the operation it is in, of OPERATIONS */
  doing: i32(),
  /** bytes of the largest block that it has taken out of a slot or asks for in this operation */
  hand: i32(),
  /** 1: it is in no call of the heap, and makes none before it has seen pause 0; 1 from the main thread before it starts */
  standing: i32(),
}, { align: 128 });

const SLOT = struct("StressSlot", {
  /** of the block that is held, 0 when none is; stored last, cleared first */
  address: i32(),
  /** as asked for */
  size: i32(),
  /** of its stamp */
  seed: i32(),
});

/** What a worker may be doing. */
const OPERATIONS = ["starting", "allocating", "freeing", "resizing", "sending", "leaving", "adopting", "looking"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** When a worker is killed. The first is no moment of its own, the others are told by the workers as they come to them. */
export const MOMENTS = ["any time", "growth", "a large request", "joining", "leaving"] as const;
export type Moment = (typeof MOMENTS)[number];

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

  /** Asks all workers to stand still as soon as they are between two operations. */
  pause(): void {
    Atomics.store(this.words, CONTROL.pause, 1);
  }

  resume(): void {
    Atomics.store(this.words, CONTROL.pause, 0);
    Atomics.notify(this.words, CONTROL.pause);
  }

  /** Whether, in a pause, the worker of `row` will do nothing to the heap before the pause is over. */
  isStanding(row: number): boolean {
    return Atomics.load(this.words, this.rowAt(row) + ROW.standing) !== 0;
  }

  /** The worker of `row`, or whoever is about to start one, is in no call of the heap. */
  stand(row: number): void {
    Atomics.store(this.words, this.rowAt(row) + ROW.standing, 1);
  }

  /**
   * The worker of `row` goes on to its next operation; in a pause it waits first. It says that it goes before it looks, and
   * who pauses looks after having said so: one of them sees the other.
   */
  goOn(row: number): void {
    const standing = this.rowAt(row) + ROW.standing;
    Atomics.store(this.words, this.rowAt(row) + ROW.hand, 0);
    for (;;) {
      Atomics.store(this.words, standing, 0);
      if (Atomics.load(this.words, CONTROL.pause) === 0) return;
      Atomics.store(this.words, standing, 1);
      Atomics.wait(this.words, CONTROL.pause, 1, 1000);
    }
  }

  /** The worker of `row` is at `moment`, and says so if somebody waits for that. */
  tell(row: number, moment: Moment): void {
    if (Atomics.load(this.words, CONTROL.awaited) !== MOMENTS.indexOf(moment)) return;
    // Success makes us the one. Failure: another worker was first; nobody needs to know of us.
    if (Atomics.compareExchange(this.words, CONTROL.caller, 0, row + 1) === 0) Atomics.notify(this.words, CONTROL.caller);
  }

  /** Blocks the main thread until some worker is at `moment`. @returns its row, or -1 when that took too long */
  awaitMoment(moment: Moment, milliseconds: number): number {
    Atomics.store(this.words, CONTROL.caller, 0);
    Atomics.store(this.words, CONTROL.awaited, MOMENTS.indexOf(moment));
    Atomics.wait(this.words, CONTROL.caller, 0, milliseconds);
    Atomics.store(this.words, CONTROL.awaited, 0);
    return Atomics.load(this.words, CONTROL.caller) - 1;
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

  /** Bytes of the largest block that the worker of `row` has in hand, or is about to have. */
  handOf(row: number): number {
    return Atomics.load(this.words, this.rowAt(row) + ROW.hand);
  }

  /** The worker of `row` is about to have a block of `size` bytes in hand. */
  handle(row: number, size: number): void {
    if (size > this.handOf(row)) Atomics.store(this.words, this.rowAt(row) + ROW.hand, size);
  }

  /** Addresses of all blocks in slots and mailboxes. Only true while all workers stand still. */
  *held(): Generator<number> {
    for (let mailbox = 0; mailbox < this.mailboxes; mailbox++) yield Atomics.load(this.words, CONTROL.bytes / 4 + mailbox) >>> 0;
    for (let row = 0; row < this.rows; row++) {
      for (let slot = 0; slot < this.slots; slot++) yield Atomics.load(this.words, this.slotAt(row, slot) + SLOT.address) >>> 0;
    }
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
    this.handle(row, size);
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
