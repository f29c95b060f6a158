/**
 * A bounded queue of numbers between threads, outside of the heap: one thread puts, any number take. Head and tail only
 * grow, each on a cache line of its own. It is the harness's, and costs three to four atomic operations for each number.
 */

const LINE = 32;
const HEAD = 0;
const TAIL = LINE;
const SLOTS = 2 * LINE;

export class Ring {
  readonly #words: Int32Array;
  readonly #mask: number;

  /** @param words zeroed, as many as {@link wordsOf} says */
  constructor(words: Int32Array) {
    this.#words = words;
    this.#mask = words.length - SLOTS - 1;
  }

  /** @param capacity a power of two */
  static wordsOf(capacity: number): number {
    return SLOTS + capacity;
  }

  /** How many are in it. */
  get length(): number {
    return (Atomics.load(this.#words, TAIL) - Atomics.load(this.#words, HEAD)) | 0;
  }

  /** By one thread only, and only while {@link length} is below the capacity. @param value not 0 */
  put(value: number): void {
    const tail = this.#words[TAIL];
    this.#words[SLOTS + (tail & this.#mask)] = value;
    Atomics.store(this.#words, TAIL, tail + 1);
  }

  /** @returns 0 when it is empty */
  take(): number {
    for (;;) {
      const head = Atomics.load(this.#words, HEAD);
      if (head === Atomics.load(this.#words, TAIL)) return 0;
      const value = this.#words[SLOTS + (head & this.#mask)];
      // Success: the number is this thread's. Failure: another thread took it, and the slot may have been filled again.
      if (Atomics.compareExchange(this.#words, HEAD, head, head + 1) === head) return value >>> 0;
    }
  }

  /** Waits a moment for something to take. */
  waitForMore(idle: (words: Int32Array, at: number, seen: number) => void): void {
    const tail = Atomics.load(this.#words, TAIL);
    if (tail === Atomics.load(this.#words, HEAD)) idle(this.#words, TAIL, tail);
  }

  /** Waits a moment for something to be taken. */
  waitForLess(idle: (words: Int32Array, at: number, seen: number) => void): void {
    idle(this.#words, HEAD, Atomics.load(this.#words, HEAD));
  }
}
