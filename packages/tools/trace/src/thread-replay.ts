/**
 * Plays the events of one thread on a heap: the loop in which a replay spends its time. Each block is stamped when it is
 * made and must still carry its stamps when it ends. Relies on {@link ReplayBoard} for the blocks of other threads.
 */
import type { Heap, HeapStats } from "@heapwright/core";
import type { ReplayBoard } from "./replay-board.js";
import { ReplayFailureError, type FailureKind } from "./replay-failure.js";
import { EventFlag, type ReplayPlan, type ThreadProgram } from "./replay-plan.js";
import { INTACT, readStamps, readZeroes, writeStamps } from "./stamps.js";
import { EventKind } from "./trace.js";

/** Events between two looks at how far the others are. */
const STEP = 64;

const { foreign: FOREIGN, shared: SHARED, peak: PEAK, kind: KIND } = EventFlag;

export class ThreadReplay {
  /** The heap's figures when the trace had its peak, if that was in this thread. */
  atPeak: HeapStats | undefined = undefined;
  /** How many events have been played. */
  played = 0;
  readonly #heap: Heap;
  readonly #plan: ReplayPlan;
  readonly #program: ThreadProgram;
  readonly #thread: number;
  readonly #board: ReplayBoard;
  readonly #alignment: number;

  /** @param alignment that every address must have, in bytes */
  constructor(heap: Heap, plan: ReplayPlan, thread: number, board: ReplayBoard, alignment: number) {
    this.#heap = heap;
    this.#plan = plan;
    this.#program = plan.programs[thread];
    this.#thread = thread;
    this.#board = board;
    this.#alignment = alignment;
  }

  /** Index in the trace of the event that is being played; -1 when there is none left. */
  get event(): number {
    return this.played < this.#program.kind.length ? this.#program.event[this.played] : -1;
  }

  /** Plays all events, or those before the run was stopped. @throws ReplayFailureError, and what the heap throws */
  playEvents(): void {
    const { kind, event } = this.#program;
    for (; this.played < kind.length; this.played += 1) {
      const i = this.played;
      if (i % STEP === 0) {
        this.#board.keepPace(this.#thread, event[i]);
        if (this.#board.stopped) return;
      }
      if (!this.#play(i)) return;
      if (kind[i] & PEAK) this.atPeak = this.#heap.stats();
    }
    this.#board.finish(this.#thread);
  }

  /** Frees what the program never freed. */
  freeLeftovers(): void {
    for (const block of this.#program.leftovers) {
      this.#end(this.#board.addresses[block] >>> 0, this.#plan.sizes[block], block);
    }
  }

  /** @returns false when the run has been stopped */
  #play(i: number): boolean {
    const heap = this.#heap;
    const program = this.#program;
    const flags = program.kind[i];
    const block = program.block[i];
    const size = program.size[i];
    const other = program.other[i];
    switch (flags & KIND) {
      case EventKind.malloc:
        this.#made(flags, heap.malloc(size), size, block, this.#alignment);
        break;
      case EventKind.calloc: {
        const address = heap.calloc(other, size);
        this.#cover(address, other * size, this.#alignment);
        const wrong = readZeroes(heap.memory, address, other * size);
        if (wrong !== INTACT) fail("not zero", `calloc(${other}, ${size}) gave ${hex(address)} with a byte set at offset ${wrong}`);
        this.#made(flags, address, other * size, block, this.#alignment);
        break;
      }
      case EventKind.alignedAlloc:
        this.#made(flags, heap.alignedAlloc(other, size), size, block, Math.max(other, this.#alignment));
        break;
      case EventKind.realloc: {
        const old = this.#find(flags, other);
        if (old === 0) return false;
        this.#move(flags, old, size, block, other);
        break;
      }
      default: {
        const address = this.#find(flags, block);
        if (address === 0) return false;
        this.#end(address, size, block);
      }
    }
    return true;
  }

  /** A block has been made: stamps it and tells where it is. */
  #made(flags: number, address: number, size: number, block: number, alignment: number): void {
    this.#cover(address, size, alignment);
    if (block % STEP === 0 && this.#heap.usableSize(address) < size) {
      fail("too small", `usableSize(${hex(address)}) is ${this.#heap.usableSize(address)} where ${size} bytes were asked for`);
    }
    writeStamps(this.#heap.memory, address, size, block);
    if (flags & SHARED) this.#board.publish(block, address);
    else this.#board.addresses[block] = address;
  }

  #move(flags: number, old: number, size: number, block: number, from: number): void {
    const oldSize = this.#plan.sizes[from];
    this.#verify(old, oldSize, from, oldSize, "before realloc");
    const address = this.#heap.realloc(old, size);
    this.#cover(address, size, this.#alignment);
    this.#verify(address, oldSize, from, Math.min(size, oldSize), `after realloc from ${hex(old)} to ${size} bytes`);
    this.#made(flags, address, size, block, this.#alignment);
  }

  #end(address: number, size: number, block: number): void {
    this.#verify(address, size, block, size, "before free");
    this.#heap.free(address);
  }

  #verify(address: number, size: number, block: number, kept: number, when: string): void {
    const memory = this.#heap.memory;
    // Another thread may have grown the buffer and made the block there
    if (address + kept > memory.end) memory.reach(address + kept - 1);
    const wrong = readStamps(memory, address, size, block, kept);
    if (wrong !== INTACT) {
      fail("corrupted", `${when}: block ${block} of ${size} bytes at ${hex(address)} has lost its contents at offset ${wrong}`);
    }
  }

  #find(flags: number, block: number): number {
    if ((flags & FOREIGN) === 0) return this.#board.addresses[block] >>> 0;
    // Others that wait for this thread to come closer must know exactly where it is, should it have to wait itself
    if (Atomics.load(this.#board.addresses, block) === 0) this.#board.moveTo(this.#thread, this.event);
    return this.#board.find(block);
  }

  /** The address can be used: it is there, aligned, and all of the block is within reach. */
  #cover(address: number, size: number, alignment: number): void {
    if (address === 0) fail("out of memory", `the heap gave 0 for ${size} bytes`);
    if (address % alignment !== 0) fail("misaligned", `${hex(address)} is no multiple of ${alignment}`);
    const memory = this.#heap.memory;
    const end = address + size;
    if (end > memory.end && size > 0 && !memory.reach(end - 1)) {
      fail("too small", `${size} bytes at ${hex(address)} end beyond the buffer, at ${hex(memory.end)}`);
    }
  }
}

function fail(kind: FailureKind, message: string): never {
  throw new ReplayFailureError(kind, message);
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
