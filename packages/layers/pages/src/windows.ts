/**
 * What each thread is doing to pages at this moment, so that what it leaves half-done when it is killed can be finished
 * by others. A claimed page normally says in the page table whose it is. In two short windows it does not: between the
 * claim of its bit and its mark, and between the clearing of its note and of its bit. A thread opens its window before,
 * names the pages and the phase in it, and closes it after.
 *
 * - `claiming`: those pages of the range whose bit is set and whose note is 0 may be this thread's.
 * - `erasing`: the whole range belongs to this thread, bits and notes and all.
 *
 * After a death, `erasing` is simple. In `claiming`, a page without a note may also be in another thread's window, which
 * must not lose it. {@link Windows.lookUncovered} decides, and this is why it is right: a thread writes the range first and the
 * phase, with a new serial number, second, both before it touches a bit. The reader takes all serial numbers and ranges,
 * then looks at the page, then compares all serial numbers. Had another thread had the page without a note when we
 * looked, then its window was open: either we saw that (covered), or its phase word was written after we had read it,
 * and so the comparison fails. What is uncovered, taken, and without a note belongs to the dead, and stays so until we
 * release it, because nobody else can.
 *
 * Two words a thread and no padding: they are written beside CASes on words that all threads share anyway.
 */
import { i32, packed, struct, type Memory, type Root } from "@heapwright/core";

export const WINDOW = struct("PageWindow", {
  /** PageRange; atomic store by its thread, before the phase. Without meaning while idle */
  range: i32(),
  /** WindowPhase; atomic store by its thread, by whoever reclaims it when dead */
  phase: i32(),
}, { align: 8, bytes: 8 });

/** Page 0 is never acquired, so counts are below 2^16. */
export const PAGE_RANGE = packed("PageRange", { first: 16, count: 16 });
export const WINDOW_PHASE = packed("WindowPhase", { phase: 2, serial: 30 });

type Phase = "idle" | "claiming" | "erasing";
const PHASES: readonly Phase[] = ["idle", "claiming", "erasing"];
const IDLE = 0;
const CLAIMING = 1;
const ERASING = 2;
const WINDOW_WORDS = WINDOW.bytes / 4;

export interface Window {
  readonly phase: Phase;
  readonly first: number;
  readonly count: number;
}

export class Windows {
  private readonly memory: Memory;
  private readonly base: number;
  private readonly mine: number;
  private readonly capacity: number;
  private serial: number;
  /** By slot: the phase word of a window that stood in the way of a page at the last look, see {@link lookUncovered}. */
  private readonly stuck: Int32Array;

  constructor(root: Root) {
    const { memory, threads } = root;
    this.memory = memory;
    this.capacity = threads.capacity;
    this.stuck = new Int32Array(threads.capacity);
    this.base = root.claimStruct(WINDOW, threads.capacity) >>> 2;
    this.mine = this.base + threads.slot * WINDOW_WORDS;
    this.serial = WINDOW_PHASE.serial.get(memory.load(this.mine + WINDOW.phase));
  }

  /** This thread is about to claim these pages; it has none from an earlier proposal. */
  claiming(first: number, count: number): void {
    this.open(first, count, CLAIMING);
  }

  /** This thread owns these pages and is about to clear their notes. */
  erasing(first: number, count: number): void {
    this.open(first, count, ERASING);
  }

  private open(first: number, count: number, phase: number): void {
    this.memory.store(this.mine + WINDOW.range, PAGE_RANGE.count.set(first, count));
    this.enter(phase);
  }

  /** The notes of the range are clear; the bits follow. */
  erased(): void {
    this.enter(CLAIMING);
  }

  close(): void {
    this.enter(IDLE);
  }

  private enter(phase: number): void {
    this.serial++;
    this.memory.store(this.mine + WINDOW.phase, WINDOW_PHASE.serial.set(phase, this.serial));
  }

  /** What the thread in `slot` was doing. */
  of(slot: number): Window {
    const w = this.base + slot * WINDOW_WORDS;
    const range = this.memory.load(w + WINDOW.range);
    const phase = PHASES[WINDOW_PHASE.phase.get(this.memory.load(w + WINDOW.phase))];
    return { phase, first: PAGE_RANGE.first.get(range), count: PAGE_RANGE.count.get(range) };
  }

  /** The thread in `slot` is dead, and the notes of what it was erasing are clear. */
  erasedFor(slot: number): void {
    this.enterFor(slot, CLAIMING);
  }

  /** The thread in `slot` is dead, and what it was doing is finished. */
  closeFor(slot: number): void {
    this.enterFor(slot, IDLE);
  }

  private enterFor(slot: number, phase: number): void {
    const w = this.base + slot * WINDOW_WORDS + WINDOW.phase;
    this.memory.store(w, WINDOW_PHASE.serial.set(phase, WINDOW_PHASE.serial.get(this.memory.load(w)) + 1));
  }

  /** Whether any thread but this one is in the middle of a claim or a release. */
  othersAreOpen(): boolean {
    for (let slot = 0; slot < this.capacity; slot++) {
      const w = this.base + slot * WINDOW_WORDS;
      if (w !== this.mine && WINDOW_PHASE.phase.get(this.memory.load(w + WINDOW.phase)) !== IDLE) return true;
    }
    return false;
  }

  /**
   * Looks at a page while it is certain who may have it in a window. A window that stood in the way at the last of all looks is taken for
   * that of a thread that is dead, or stands still: as long as it does not change, no other page is waited for because of it.
   * @param dead slot whose own window does not count
   * @param look reads what there is to know about the page
   * @returns what `look` said, or `undefined` when another thread's window covers the page, or windows would not keep
   *   still for a look
   */
  lookUncovered<T>(page: number, dead: number, look: () => T): T | undefined {
    const before = new Int32Array(this.capacity);
    let covering = -1;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      covering = this.slotOver(page, dead, before);
      if (covering < 0) {
        const seen = look();
        if (this.unchanged(dead, before)) return seen;
      } else if (before[covering] === this.stuck[covering]) {
        return undefined;
      }
    }
    if (covering >= 0) this.stuck[covering] = before[covering];
    return undefined;
  }

  /** The first slot but `dead` whose window covers a page, or -1; and the phase words of all up to that one. */
  private slotOver(page: number, dead: number, phases: Int32Array): number {
    for (let slot = 0; slot < this.capacity; slot++) {
      if (slot === dead) continue;
      const w = this.base + slot * WINDOW_WORDS;
      phases[slot] = this.memory.load(w + WINDOW.phase);
      const range = this.memory.load(w + WINDOW.range);
      const offset = page - PAGE_RANGE.first.get(range);
      if (WINDOW_PHASE.phase.get(phases[slot]) !== IDLE && offset >= 0 && offset < PAGE_RANGE.count.get(range)) return slot;
    }
    return -1;
  }

  private unchanged(dead: number, phases: Int32Array): boolean {
    for (let slot = 0; slot < this.capacity; slot++) {
      if (slot !== dead && this.memory.load(this.base + slot * WINDOW_WORDS + WINDOW.phase) !== phases[slot]) return false;
    }
    return true;
  }
}

/** Windows are open for microseconds, or for as long as the engine takes to grow a buffer, or as another thread has the processor: all of them some milliseconds. */
const ATTEMPTS = 100_000;
