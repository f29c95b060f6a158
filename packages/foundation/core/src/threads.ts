/**
 * Who is attached. Each attachment has a slot, for tables with a row per thread, and an id that is never used twice
 * in one heap, for the locks and claims it may die holding.
 *
 * A slot has two words, which change together where both matter. `thread` is 0 (free), the id of the thread that owns it
 * (positive), or minus that id while the dead thread's belongings are being taken back; only then is `reclaimer` not 0, but the id
 * of the thread that takes them back. Transitions of the two: (0, 0) -> (id, 0) by CAS of the thread that joins; (id, 0) -> (0, 0) by
 * CAS of the thread itself; by cas2 of the reclaimer (id, 0) -> (-id, reclaimer) when it begins, -> (0, 0) when it has
 * finished, and back when it could not; and (-id, another) -> (-id, reclaimer) by whoever is reclaiming that other one. So a
 * reclaimer that dies is reclaimed first, by one thread, and its victims by the same: what it had taken over from them is in order
 * then, and who was told that somebody else takes them back need not come again.
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
  /** 0: free; id of the thread in it, or minus the id of a dead one that is being reclaimed. CAS, or cas2 with the next */
  thread: i32(),
  /** id of the thread that reclaims it, or 0; cas2 */
  reclaimer: i32(),
}, { align: 8, bytes: 8 });

/** The slots follow {@link THREADS}. */
export function threadsBytes(capacity: number): number {
  return THREADS.bytes + capacity * THREAD_SLOT.bytes;
}

/** Takes back what thread `id` held, which was in `slot`. */
type TakeBack = (id: number, slot: number) => void;

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

  /** The slot of thread `id`, dead or alive, also while it is being reclaimed; or -1. */
  private slotWith(id: number): number {
    return isId(id) ? this.firstSlot((w) => Math.abs(this.memory.load(w)) === id) : -1;
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
   * Runs `takeBack` on behalf of a dead thread, then on behalf of those that it was itself reclaiming, and frees their slots. Where
   * an earlier attempt was cut short, because it threw or because its thread died, `takeBack` runs again.
   * @returns false when there is no such thread, or somebody else is reclaiming it: one that lives, or will be reclaimed together with it
   */
  reclaim(id: number, takeBack: TakeBack): boolean {
    const { memory } = this;
    for (;;) {
      const slot = this.slotWith(id);
      if (slot < 0) return false;
      const w = this.slotWord(slot);
      const thread = memory.load(w + THREAD_SLOT.thread);
      const other = memory.load(w + THREAD_SLOT.reclaimer);
      if (this.isReclaiming(other)) return false;
      // Success makes us its only reclaimer, and tells the others that it is dead. Failure: it has left by itself, or another thread was quicker; look again.
      if (Math.abs(thread) !== id || !memory.cas2(w, thread, other, -id, this.id)) continue;
      memory.add((this.address >>> 2) + THREADS.deaths, 1);
      try {
        takeBack(id, slot);
        this.goOnFor(id, takeBack);
        // Nobody else changes it while we are its reclaimer: neither this nor the other can fail.
        memory.cas2(w, -id, this.id, 0, 0);
        return true;
      } catch (error) {
        // as it was before: somebody may try again
        memory.cas2(w, -id, this.id, thread, other);
        throw error;
      }
    }
  }

  /** Whether what thread `other` reclaims is its own business, or that of whoever reclaims it, and that is not this thread. */
  private isReclaiming(other: number): boolean {
    const slot = this.slotWith(other);
    return slot >= 0 && this.memory.load(this.slotWord(slot) + THREAD_SLOT.reclaimer) !== this.id;
  }

  /** Reclaims the threads that thread `id` was reclaiming when it died. */
  private goOnFor(id: number, takeBack: TakeBack): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const w = this.slotWord(slot);
      // if another thread has finished with it meanwhile, whoever is in the slot by now may be alive: then the word is positive, and no thread has the id
      if (this.memory.load(w + THREAD_SLOT.reclaimer) === id) this.reclaim(-this.memory.load(w + THREAD_SLOT.thread), takeBack);
    }
  }
}

/** What users take for an id may be anything. */
function isId(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
