/**
 * How workloads touch what they allocate: the first word of a block, or one word of each cache line of it, so that a
 * contender's memory costs what it costs and its loops do not. Words are 32 bits, and so is the sum of those that are
 * read back, which shows that nobody else wrote there. native/bench.h does the same in C, access by access.
 */
import type { Views } from "./arena.js";

/** A const enum, since those are numbers to the engine, where a module's constants are variables; a C compiler does the same. */
export const enum Touch {
  /** Bytes of what is written and read. */
  word = 4,
  /** From one cache line to the next. */
  lineWords = 16,
}

/** An allocator answered 0: it cannot serve this workload. */
export class UnservedError extends Error {
  override readonly name = "UnservedError";

  constructor(bytes: number) {
    super(`a request of ${bytes} bytes was not served`);
  }
}

export interface Touches {
  /** Every address that is new to this thread goes through this before it is read or written. @throws UnservedError for 0 */
  cover(address: number, bytes: number): void;
  /** Writes the first word of a new block of at least 4 bytes. @throws UnservedError for address 0 */
  writeFirst(address: number, bytes: number, value: number): void;
  /** Reads the first word of a block that this thread has written: its views cover it since. */
  readBack(address: number): number;
  /** Reads the first word of a block that any thread made. */
  readFirst(address: number): number;
  /**
   * Writes the first word of every 64 bytes of a new block, as far as it has whole words. Counted in words, which fit into
   * 32 bits as sums of addresses do not. @throws UnservedError for address 0
   */
  writeLines(address: number, bytes: number, value: number): void;
  /** The sum of what {@link writeLines} wrote, or would. */
  readLines(address: number, bytes: number): number;
}

/** Once for each thread's part: what closes over functions of a module has to look each time whether they are still the same. */
export function touchesOf(views: Views): Touches {
  /** What is seldom the case stands elsewhere, since an engine inlines what is short. */
  const uncover = (address: number, bytes: number): void => {
    if (address === 0) throw new UnservedError(bytes);
    views.reach(address + bytes - 1);
  };

  const cover = (address: number, bytes: number): void => {
    if (address === 0 || address + bytes > views.end) uncover(address, bytes);
  };

  const writeFirst = (address: number, bytes: number, value: number): void => {
    cover(address, bytes);
    views.i32[address >>> 2] = value;
  };

  const readBack = (address: number): number => views.i32[address >>> 2];

  const readFirst = (address: number): number => {
    cover(address, Touch.word);
    return views.i32[address >>> 2];
  };

  const writeLines = (address: number, bytes: number, value: number): void => {
    cover(address, bytes);
    if (bytes < Touch.word) return;
    const { i32 } = views;
    const last = (address + bytes - Touch.word) >>> 2;
    for (let w = address >>> 2; w <= last; w += Touch.lineWords) i32[w] = value;
  };

  const readLines = (address: number, bytes: number): number => {
    cover(address, bytes);
    if (bytes < Touch.word) return 0;
    const { i32 } = views;
    const last = (address + bytes - Touch.word) >>> 2;
    let sum = 0;
    for (let w = address >>> 2; w <= last; w += Touch.lineWords) sum = (sum + i32[w]) | 0;
    return sum;
  };

  return { cover, writeFirst, readBack, readFirst, writeLines, readLines };
}
