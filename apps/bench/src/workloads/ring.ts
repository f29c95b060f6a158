/**
 * A bounded queue of numbers between threads, outside of the heap: one thread puts, any number take. Head and tail only
 * grow, each on a cache line of its own. It is the harness's, and costs three to four atomic operations for each number.
 */
import type { Stage } from "./workload.js";

/** Places of its words, with 32 to a cache line and the next one, which are fetched together. */
const enum Word {
  head = 0,
  tail = 32,
  slots = 64,
}

export interface Ring {
  /** How many are in it. */
  length(): number;
  /** By one thread only, and only while {@link length} is below the capacity. @param value not 0 */
  put(value: number): void;
  /** @returns 0 when it is empty */
  take(): number;
  /** Waits a moment for something to take. */
  waitForMore(): void;
  /** Waits a moment for something to be taken. */
  waitForLess(): void;
}

/** @param capacity a power of two */
export function ringWords(capacity: number): number {
  return Word.slots + capacity;
}

/** @param words zeroed, as many as {@link ringWords} says */
export function ringOver(words: Int32Array, idle: Stage["idle"]): Ring {
  const mask = words.length - Word.slots - 1;
  return {
    length: () => (Atomics.load(words, Word.tail) - Atomics.load(words, Word.head)) | 0,
    put: (value) => {
      const tail = words[Word.tail];
      words[Word.slots + (tail & mask)] = value;
      Atomics.store(words, Word.tail, tail + 1);
    },
    take: () => {
      for (;;) {
        const head = Atomics.load(words, Word.head);
        if (head === Atomics.load(words, Word.tail)) return 0;
        const value = words[Word.slots + (head & mask)];
        // Success: the number is this thread's. Failure: another thread took it, and the slot may have been filled again.
        if (Atomics.compareExchange(words, Word.head, head, head + 1) === head) return value >>> 0;
      }
    },
    waitForMore: () => {
      const tail = Atomics.load(words, Word.tail);
      if (tail === Atomics.load(words, Word.head)) idle(words, Word.tail, tail);
    },
    waitForLess: () => idle(words, Word.head, Atomics.load(words, Word.head)),
  };
}
