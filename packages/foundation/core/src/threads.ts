/**
 * Who is attached. Each attachment has a slot, for tables with a row per thread, and an id that is never used twice
 * in one heap, for the locks and claims it may die holding.
 *
 * A slot word is 0 (free), the id of the thread that owns it (positive), or minus that id while the dead thread's
 * belongings are being taken back. Transitions: 0 -> id by CAS of the joining thread; id -> 0 by CAS of the thread itself;
 * id -> -id by CAS of the one who reclaims it; -id -> 0 by that one, or back to id when it could not finish.
 */
import { AttachError } from "./errors.js";
import { i32, struct } from "./layout.js";
import type { Memory } from "./memory.js";

export const THREADS = struct("Threads", {
  lastId: i32("id given last; atomic add by each thread that joins"),
  deaths: i32("threads reclaimed so far; atomic add. While 0 and only one thread is attached, no byte of the heap can be lost"),
}, { align: 128 });

/** The first slot follows {@link THREADS}; one word each. */
export function threadsBytes(capacity: number): number {
  return THREADS.bytes + capacity * 4;
}

export class ThreadRegistry {
  /** This attachment's id, 1 to 2^31 - 1. */
  readonly id: number;
  /** This attachment's slot, 0 to `capacity - 1`. */
  readonly slot: number;

  /** Joins. @throws AttachError when all slots are taken */
  constructor(
    private readonly memory: Memory,
    private readonly address: number,
    readonly capacity: number,
  ) {
    const w = address >>> 2;
    this.id = (memory.add(w + THREADS.lastId, 1) + 1) & 0x7fffffff;
    this.slot = this.take();
  }

  private take(): number {
    for (let slot = 0; slot < this.capacity; slot++) {
      // Success publishes that the slot is ours. Failure: somebody else joined there first, or is in it; try the next.
      if (this.memory.cas(this.slotWord(slot), 0, this.id)) return slot;
    }
    throw new AttachError("threads", `all ${this.capacity} thread slots are taken (maximumThreads)`);
  }

  private slotWord(slot: number): number {
    return ((this.address + THREADS.bytes) >>> 2) + slot;
  }

  /** The slot of thread `id`, or -1 when it has left, was reclaimed, or never was. */
  slotOf(id: number): number {
    if (!Number.isInteger(id) || id <= 0) return -1;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.memory.load(this.slotWord(slot)) === id) return slot;
    }
    return -1;
  }

  /** Threads attached now. */
  count(): number {
    let count = 0;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.memory.load(this.slotWord(slot)) !== 0) count++;
    }
    return count;
  }

  /**
   * Whether bytes of the heap may be lost: a thread has been reclaimed, or another is attached, which may have died
   * without anybody having said so. While neither is the case, every byte must be accounted for.
   */
  deathIsPossible(): boolean {
    return this.memory.load((this.address >>> 2) + THREADS.deaths) !== 0 || this.count() > 1;
  }

  /** This thread gives its slot back; a second time is nothing. */
  leave(): void {
    // Success publishes that the slot is free. Failure: we have left before, and it may be another's by now.
    this.memory.cas(this.slotWord(this.slot), this.id, 0);
  }

  /**
   * Runs `takeBack` on behalf of a dead thread, then frees its slot.
   * @returns false when there is no such thread, or somebody else is reclaiming it
   */
  reclaim(id: number, takeBack: (slot: number) => void): boolean {
    const slot = this.slotOf(id);
    // Success makes us the only one to reclaim it. Failure: it has just left, or another was quicker.
    if (slot < 0 || !this.memory.cas(this.slotWord(slot), id, -id)) return false;
    this.memory.add((this.address >>> 2) + THREADS.deaths, 1);
    try {
      takeBack(slot);
    } catch (error) {
      // what it held is still in its name: somebody may try again
      this.memory.store(this.slotWord(slot), id);
      throw error;
    }
    this.memory.store(this.slotWord(slot), 0);
    return true;
  }
}
