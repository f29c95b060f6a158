/**
 * Who is attached. Each attachment has a slot, for tables with a row per thread, and an id that is never used twice
 * in one heap, for the locks and claims it may die holding.
 *
 * A slot has two words. `thread` is 0 (free), the id of the thread that owns it (positive), or minus that id while the
 * dead thread's belongings are being taken back. `reclaimer` is 0, or the id of the thread that takes them back; who
 * changed it from 0, or from the id of one that is no longer attached, may go on. Transitions of `thread`: 0 -> id by
 * CAS of the thread that joins; id -> 0 by CAS of the thread itself; id -> -id and -id -> 0 by CAS of the reclaimer, and
 * -id -> id when it could not finish. A reclaimer that dies is reclaimed itself; then its victim can be tried again.
 */
import { AttachError } from "./errors.js";
import { i32, struct } from "./layout.js";
import type { Memory } from "./memory.js";

export const THREADS = struct("Threads", {
  /** id given last; atomic add by each thread that joins */
  lastId: i32(),
  /** threads reclaimed so far; atomic add. While 0 and only one thread is attached, no byte of the heap can be lost */
  deaths: i32(),
}, { align: 128 });

export const THREAD_SLOT = struct("ThreadSlot", {
  /** 0: free; id of the thread in it, or minus the id of a dead one that is being reclaimed. CAS */
  thread: i32(),
  /** id of the thread that reclaims it, or 0; CAS from 0 or from one that has gone, back to 0 by itself */
  reclaimer: i32(),
}, { align: 8, bytes: 8 });

/** The slots follow {@link THREADS}. */
export function threadsBytes(capacity: number): number {
  return THREADS.bytes + capacity * THREAD_SLOT.bytes;
}

/** Looks at a slot whose reclaimer is just beginning, or has just finished with who was in it before. */
const LOOKS = 1000;

export class ThreadRegistry {
  /** This attachment's id, 1 to 2^31 - 1. */
  readonly id: number;
  /** This attachment's slot, 0 to `capacity - 1`. */
  readonly slot: number;

  /** Joins. @throws AttachError when all slots are taken, or all ids have been given */
  constructor(
    private readonly memory: Memory,
    private readonly address: number,
    readonly capacity: number,
  ) {
    const w = address >>> 2;
    this.id = (memory.add(w + THREADS.lastId, 1) + 1) | 0;
    if (this.id <= 0) throw new AttachError("threads", "all thread ids have been given");
    this.slot = this.take();
  }

  private take(): number {
    // Success publishes that the slot is ours. Failure: somebody else joined there first, or is in it; try the next.
    const slot = this.firstSlot((w) => this.memory.cas(w, 0, this.id));
    if (slot < 0) throw new AttachError("threads", `all ${this.capacity} thread slots are taken (maximumThreads)`);
    return slot;
  }

  /** The first slot whose word is as wanted, or -1. */
  private firstSlot(wanted: (w: number) => boolean): number {
    for (let slot = 0; slot < this.capacity; slot++) if (wanted(this.slotWord(slot))) return slot;
    return -1;
  }

  private slotWord(slot: number): number {
    return (this.address + THREADS.bytes + slot * THREAD_SLOT.bytes) >>> 2;
  }

  /** The slot of thread `id`, or -1 when it has left, was reclaimed, or never was. */
  slotOf(id: number): number {
    return isId(id) ? this.firstSlot((w) => this.memory.load(w) === id) : -1;
  }

  /** Id of the thread in a slot, also of a dead one that is being reclaimed; 0 when it is free. */
  idIn(slot: number): number {
    return Math.abs(this.memory.load(this.slotWord(slot)));
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
    return this.someDied() || this.count() > 1;
  }

  /** Whether a thread has been reclaimed. */
  someDied(): boolean {
    return this.memory.load((this.address >>> 2) + THREADS.deaths) !== 0;
  }

  /** This thread gives its slot back; a second time is nothing. */
  leave(): void {
    // Success publishes that the slot is free. Failure: we have left before, and it may be another's by now.
    this.memory.cas(this.slotWord(this.slot), this.id, 0);
  }

  /**
   * Runs `takeBack` on behalf of a dead thread, then frees its slot. Where an earlier attempt was cut short, because it
   * threw or because its thread died and has been reclaimed since, `takeBack` runs again.
   * @returns false when there is no such thread, or somebody else is reclaiming it
   */
  reclaim(id: number, takeBack: (slot: number) => void): boolean {
    // dead or alive, also while it is being reclaimed
    const slot = isId(id) ? this.firstSlot((w) => Math.abs(this.memory.load(w)) === id) : -1;
    if (slot < 0 || !this.becomeReclaimer(slot, id)) return false;
    const { memory } = this;
    const w = this.slotWord(slot);
    // Success tells the others that it is dead. Failure: it was so already, or has left by itself and there is nothing to do.
    const begun = memory.cas(w + THREAD_SLOT.thread, id, -id) || memory.load(w + THREAD_SLOT.thread) === -id;
    if (begun) {
      memory.add((this.address >>> 2) + THREADS.deaths, 1);
      this.finish(w, id, slot, takeBack);
    }
    memory.store(w + THREAD_SLOT.reclaimer, 0);
    return begun;
  }

  private finish(w: number, id: number, slot: number, takeBack: (slot: number) => void): void {
    let left = id;
    try {
      takeBack(slot);
      left = 0;
    } finally {
      // Nobody else changes it while we are its reclaimer: this cannot fail. With an id left, somebody may try again.
      this.memory.cas(w + THREAD_SLOT.thread, -id, left);
      if (left !== 0) this.memory.store(w + THREAD_SLOT.reclaimer, 0);
    }
  }

  /** @returns whether this thread alone may now reclaim thread `id` in `slot` */
  private becomeReclaimer(slot: number, id: number): boolean {
    const { memory } = this;
    const w = this.slotWord(slot);
    for (let look = 0; look < LOOKS; look++) {
      const other = memory.load(w + THREAD_SLOT.reclaimer);
      if (other === 0 || this.slotOf(other) < 0) {
        // Success makes us its reclaimer. Failure: another thread was quicker.
        if (memory.cas(w + THREAD_SLOT.reclaimer, other, this.id)) return true;
      } else if (memory.load(w + THREAD_SLOT.thread) !== id) {
        return false;
      }
    }
    return false;
  }
}

/** What users take for an id may be anything. */
function isId(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
