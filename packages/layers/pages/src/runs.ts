/**
 * Which units of a row are taken: one bit each, 1 = taken, so that zeroed words are an empty row. A run of neighbours
 * is claimed as a whole and may be released in any pieces; runs that are free side by side are one run, without
 * anything being merged.
 *
 * Protocol. {@link find} reads without atomics and proposes the lowest run that fits. {@link claimAt} makes it ours by
 * a CAS per word, from the lowest up; when a word shows a bit that somebody else has taken in the meantime, the words
 * already claimed are released again and the search goes on. A bit is cleared only by the one who set it (or by whom
 * he gave the unit to), so an atomic `and` suffices for that, and no ABA exists: a bit means the same whatever
 * happened before.
 *
 * When may a search say that there is no run? A scan takes time: a run that is freed behind it and another that is
 * claimed in front of it can make it see none although there was one at every moment. So every clearing of bits,
 * of a roll-back too, is counted *after* the bits are clear. If {@link clearings} is after a scan what it was before,
 * then the scan has raced only with claims: what it did not find was taken when it ended. Otherwise one scans again;
 * some other thread has then finished a release, or has rolled back. Roll-backs do not go on for ever without a
 * success: one is caused by a run that begins at a higher unit, claimed or just being claimed, and the highest of those
 * has nobody above it. Hence lock-free.
 *
 * What remains: a run that another thread has claimed in part, and is about to roll back, counts as taken. Who must
 * not fail for that reason asks the threads first what they are about, and then for the clearings (see `Pages`).
 *
 * Where the memory is WebAssembly's, runs-program.ts takes the same steps, for those who want it.
 */
import type { Memory, WasmProgram } from "@heapwright/core";
import { RUNS } from "./runs-layout.js";
import type { FusedRuns } from "./runs-program.js";

const FULL = -1;

export class Runs {
  /** Bytes for a row of `units`; to be aligned like {@link RUNS}. */
  static bytes(units: number): number {
    return RUNS.bytes + Math.ceil(units / 32) * 4;
  }

  private readonly head: number;
  private readonly bits: number;
  private readonly fused: FusedRuns | undefined;

  /**
   * @param address of {@link Runs.bytes} bytes that the thread which formats has zeroed, within all threads' views
   * @param program `RUNS_PROGRAM`, for who claims so often that compiling it is worth while; threads may differ in it
   */
  constructor(
    private readonly memory: Memory,
    address: number,
    readonly units: number,
    program?: WasmProgram<FusedRuns>,
  ) {
    this.head = address >>> 2;
    this.bits = (address + RUNS.bytes) >>> 2;
    this.fused = program && memory.fused(program);
  }

  /** How often bits have been cleared; wraps at 32 bits. */
  clearings(): number {
    return this.memory.load(this.head + RUNS.cleared);
  }

  /**
   * Scans for the first unit of the lowest free run of `count` units that begins at a multiple of `alignment`. Only a
   * proposal: the run may be taken before {@link claimAt} gets there, and -1 says that there is none only if the
   * {@link clearings} are what they were before.
   * @param count 1 or more
   * @param alignment in units, a power of two
   * @param end only runs that end at or before this unit
   */
  find(count: number, alignment: number, end = this.units): number {
    if (count > end) return -1;
    const hint = this.memory.load(this.head + RUNS.hint);
    const found = this.scan(this.skipFull(hint) * 32, count, alignment, end);
    return found >= 0 || hint === 0 ? found : this.scan(0, count, alignment, end);
  }

  /** The first word at or above `hint` that is not full, remembered for the next search. */
  private skipFull(hint: number): number {
    const words = Math.ceil(this.units / 32);
    let word = hint;
    while (word < words && this.memory.racyLoad(this.bits + word) === FULL) word++;
    // Success publishes that the words below were full a moment ago. Failure: somebody moved the hint; his is as good.
    if (word !== hint) this.memory.cas(this.head + RUNS.hint, hint, word);
    return word;
  }

  private scan(from: number, count: number, alignment: number, end: number): number {
    const last = end - count;
    let at = alignUp(this.nextClear(from), alignment);
    while (at <= last) {
      const taken = this.nextSet(at, at + count);
      if (taken >= at + count) return at;
      at = alignUp(this.nextClear(taken + 1), alignment);
    }
    return -1;
  }

  /** The first clear unit at or above `from`, or `units` or more. */
  private nextClear(from: number): number {
    if (from >= this.units) return this.units;
    let word = from >>> 5;
    const words = Math.ceil(this.units / 32);
    let clear = ~this.memory.racyLoad(this.bits + word) & (FULL << (from & 31));
    while (clear === 0) {
      if (++word >= words) return this.units;
      clear = ~this.memory.racyLoad(this.bits + word);
    }
    return word * 32 + lowestBit(clear);
  }

  /** The first taken unit from `from` up to `end`, or `end` or more. */
  private nextSet(from: number, end: number): number {
    let word = from >>> 5;
    let set = this.memory.racyLoad(this.bits + word) & (FULL << (from & 31));
    while (set === 0) {
      if (++word * 32 >= end) return end;
      set = this.memory.racyLoad(this.bits + word);
    }
    return word * 32 + lowestBit(set);
  }

  /**
   * Takes exactly the units from `first` on.
   * @returns false, with nothing taken, when one of them was taken or the row ends before
   */
  claimAt(first: number, count: number): boolean {
    const end = first + count;
    if (end > this.units) return false;
    const reached = this.fused === undefined ? this.claimUpTo(first, end) : this.fused.claim(this.head * 4, first, end);
    if (reached >= end) return true;
    if (reached > first) this.release(first, reached - first);
    return false;
  }

  /** @returns `end` or more; or the first unit of a word that shows a bit taken: those before it are ours */
  private claimUpTo(first: number, end: number): number {
    let at = first;
    while (at < end && this.claimInWord(at, end)) at = (at & ~31) + 32;
    return at;
  }

  private claimInWord(at: number, end: number): boolean {
    const w = this.bits + (at >>> 5);
    const mask = maskOf(at, end);
    for (;;) {
      const seen = this.memory.load(w);
      if ((seen & mask) !== 0) return false;
      // Success publishes that these units are ours. Failure: somebody took or cleared another bit of the word; look again.
      if (this.memory.cas(w, seen, seen | mask)) return true;
    }
  }

  /** Takes units below `end` whoever asks how often: units that are never to be served. */
  exclude(end: number): void {
    for (let at = 0; at < end; at += 32) this.memory.or(this.bits + (at >>> 5), maskOf(at, end));
  }

  /**
   * Clears the units from `first` on, which belong to the caller.
   * @returns whether all of them were taken; if not, something is wrong with the caller. Nothing is cleared when the row ends before
   */
  release(first: number, count: number): boolean {
    const end = first + count;
    if (end > this.units) return false;
    if (this.fused !== undefined) return this.fused.release(this.head * 4, first, end) !== 0;
    let sound = true;
    for (let at = first; at < end; at = (at & ~31) + 32) {
      const mask = maskOf(at, end);
      if ((this.memory.and(this.bits + (at >>> 5), ~mask) & mask) !== mask) sound = false;
    }
    this.memory.add(this.head + RUNS.cleared, 1);
    this.lowerHint(first >>> 5);
    return sound;
  }

  private lowerHint(word: number): void {
    for (;;) {
      const hint = this.memory.load(this.head + RUNS.hint);
      // Success publishes that `word` has a clear bit. Failure: somebody moved the hint; see whether ours is still lower.
      if (hint <= word || this.memory.cas(this.head + RUNS.hint, hint, word)) return;
    }
  }

  /** Length of the longest free run from unit `from` on. Racy. */
  longestFree(from: number): number {
    let longest = 0;
    for (let at = this.nextClear(from); at < this.units; ) {
      const end = Math.min(this.nextSet(at, this.units), this.units);
      longest = Math.max(longest, end - at);
      at = this.nextClear(end);
    }
    return longest;
  }

  /** Whether a unit is taken. Racy. */
  isTaken(unit: number): boolean {
    return (this.memory.racyLoad(this.bits + (unit >>> 5)) & (1 << (unit & 31))) !== 0;
  }
}

/** The bits of units `at` up to `end`, as far as they are in the word of `at`. */
function maskOf(at: number, end: number): number {
  const below = end - (at & ~31);
  return (FULL << (at & 31)) & (below >= 32 ? FULL : ~(FULL << below));
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function alignUp(unit: number, alignment: number): number {
  return (unit + alignment - 1) & -alignment;
}
