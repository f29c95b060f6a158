/**
 * Addresses that wait to be freed by whoever gets a lock next. They stand in a table of the header and not in the blocks
 * themselves: an address that turns out to be wrong when its turn comes must not have been written to.
 *
 * Protocol. A place is taken by CAS from 0, and emptied by exchange by the holder of the lock. `waiting` is set after a
 * place was filled and cleared before the places are looked through; so a place filled too late for this look has
 * `waiting` set for the next. A thread that dies between the two leaves a block that the next look finds.
 */
import { i32, struct, words, type Memory, type Root } from "@heapwright/core";

const PLACES = 62;

export const DEFERRED_FREES = struct("DeferredFrees", {
  /** 1 while a place may be filled; atomic store */
  waiting: i32(),
  /** address of a block to be freed, or 0; CAS from 0 by any thread, exchange by the holder of the lock */
  places: words(PLACES),
}, { align: 128 });

const WAITING = DEFERRED_FREES.waiting;

export class DeferredFrees {
  private readonly memory: Memory;
  private readonly w: number;
  private readonly start: number;

  constructor(root: Root) {
    this.memory = root.memory;
    this.w = root.claimStruct(DEFERRED_FREES) >>> 2;
    this.start = root.threads.slot % PLACES;
  }

  /** @returns false when all places are taken */
  push(address: number): boolean {
    const { memory, w } = this;
    for (let i = 0; i < PLACES; i++) {
      // Success hands the block over. Failure: the place is taken; try the next.
      if (memory.cas(w + DEFERRED_FREES.places + ((this.start + i) % PLACES), 0, address)) {
        memory.store(w + WAITING, 1);
        return true;
      }
    }
    return false;
  }

  /** Whether any may wait. Racy: what is deferred while the caller looks may be found by the next. */
  areWaiting(): boolean {
    return this.memory.racyLoad(this.w + WAITING) !== 0;
  }

  /** Takes out all that wait. The caller holds the lock. */
  drain(visit: (address: number) => void): void {
    const { memory, w } = this;
    memory.store(w + WAITING, 0);
    let i = 0;
    try {
      for (; i < PLACES; i++) {
        const address = memory.exchange(w + DEFERRED_FREES.places + i, 0) >>> 0;
        if (address !== 0) visit(address);
      }
    } finally {
      // a visit that threw leaves the other places to the next look
      if (i < PLACES) memory.store(w + WAITING, 1);
    }
  }
}
