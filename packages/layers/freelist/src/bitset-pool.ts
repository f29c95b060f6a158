/**
 * A pool of small numbers, 0 to capacity - 1, that any thread may claim and release: one bit each, 1 = claimed. Without
 * links there is no ABA: a bit that was released and claimed again meanwhile is simply claimed.
 *
 * Protocol. A number is claimed by an atomic or that finds its bit 0, and released by an atomic and. Who finds it 1 has
 * lost to another thread, and has changed nothing. Each thread starts its search where it was lucky last, so threads
 * spread over the words, and a number that was released rests a while before it is claimed again.
 *
 * A thread killed between any two steps holds up nobody; numbers that it had claimed stay so until they are released in
 * its place, by those who know which they were.
 */
import { HeapCorruptionError, type Memory, type Progress } from "@heapwright/core";

const FULL = -1;

export class BitsetPool {
  readonly progress: Progress = "lock-free";
  private readonly w: number;
  private readonly wordCount: number;
  /** Word at which the next search starts; this thread's own business. */
  private start: number;

  /** Bytes that a pool of so many numbers takes. Zeroed, all are free. */
  static bytes(capacity: number): number {
    return Math.ceil(capacity / 32) * 4;
  }

  /**
   * @param address of {@link bytes} bytes, within every thread's views
   * @param capacity 1 or more
   * @param seed where the first search starts: any integer, best another one in each thread
   */
  constructor(
    private readonly memory: Memory,
    private readonly address: number,
    readonly capacity: number,
    seed = 0,
  ) {
    this.w = address >>> 2;
    this.wordCount = Math.ceil(capacity / 32);
    this.start = (seed >>> 0) % this.wordCount;
  }

  /** A free number that is the caller's from now on, or -1 when every one was claimed at some moment of the call. */
  claim(): number {
    const { wordCount } = this;
    for (let i = 0; i < wordCount; i++) {
      const index = (this.start + i) % wordCount;
      const bit = this.claimIn(index);
      if (bit < 0) continue;
      this.start = index;
      return index * 32 + bit;
    }
    return -1;
  }

  /** The lowest free bit of a word, claimed; or -1. */
  private claimIn(index: number): number {
    const { memory } = this;
    const w = this.w + index;
    const absent = this.absentBits(index);
    for (;;) {
      const taken = memory.load(w) | absent;
      if (taken === FULL) return -1;
      const bit = 31 - Math.clz32(~taken & -~taken);
      // Finding 0 makes the number ours. Finding 1: another thread was quicker, and nothing is changed.
      if ((memory.or(w, 1 << bit) & (1 << bit)) === 0) return bit;
    }
  }

  /** Bits of a word that stand for no number: those of the last one beyond the capacity. */
  private absentBits(index: number): number {
    const rest = this.capacity - index * 32;
    return rest >= 32 ? 0 : -1 << rest;
  }

  /** Claims a number of the caller's choice. @returns whether it was free */
  claimAt(number: number): boolean {
    const bit = 1 << (number & 31);
    return (this.memory.or(this.w + (number >>> 5), bit) & bit) === 0;
  }

  /** Gives a number back. @throws HeapCorruptionError when nobody has claimed it */
  release(number: number): void {
    const bit = 1 << (number & 31);
    if ((this.memory.and(this.w + (number >>> 5), ~bit) & bit) !== 0) return;
    this.wrong(number >>> 5, `number ${number} was released, but nobody had claimed it`);
  }

  /** Whether `number` was claimed a moment ago. */
  isClaimed(number: number): boolean {
    return ((this.memory.load(this.w + (number >>> 5)) >>> (number & 31)) & 1) === 1;
  }

  /** Visits the claimed numbers, ascending. Quiescent. @throws HeapCorruptionError for bits beyond the capacity */
  claimed(visit: (number: number) => void): void {
    for (let index = 0; index < this.wordCount; index++) {
      let bits = this.memory.load(this.w + index);
      if ((bits & this.absentBits(index)) !== 0) {
        this.wrong(index, `numbers from ${this.capacity} on are claimed, which do not exist`);
      }
      for (; bits !== 0; bits &= bits - 1) visit(index * 32 + 31 - Math.clz32(bits & -bits));
    }
  }

  private wrong(index: number, found: string): never {
    throw new HeapCorruptionError(this.address + index * 4, "BitsetPool", found);
  }
}
