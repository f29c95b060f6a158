/**
 * The words that all simulated threads share, and the way back: every change is journalled, so that the explorer returns
 * to an earlier state by undoing, and never has to run the way there again.
 *
 * Behind the words of the memory stand a few of the model's own: the length of the buffer, which `grow` changes, who is
 * dead, and for each thread the word it sleeps on. They are words so that they are undone, and told apart, like all others.
 *
 * The contents are named by a hash that follows every change. It is made of who wrote each word last, not of values: two
 * states are the same for the explorer only if the same writes of the same threads are to be read. So a race that one
 * way to a state shows is not hidden by another way to equal values.
 */
import { mixHigh, mixLow } from "./mix.js";

/** What a change takes in the journal: word, value before, writer before. */
const ENTRY = 3;

export class Arena {
  readonly buffer: ArrayBuffer;
  readonly words: Int32Array;
  /** Index of the word that holds the buffer's length in bytes. */
  readonly lengthWord: number;
  /** Index of the word with a bit for each dead thread. */
  readonly deadWord: number;
  hashLow = 0;
  hashHigh = 0;
  /** Entries in the journal. */
  changes = 0;
  /** Name of the write under way, for {@link set}. */
  writer = 0;
  private readonly writers: Int32Array;
  private journal = new Int32Array(ENTRY * 4096);

  /** @param threads how many may sleep */
  constructor(initialBytes: number, maximumBytes: number, threads: number) {
    this.lengthWord = maximumBytes >>> 2;
    this.deadWord = this.lengthWord + 1;
    this.buffer = new ArrayBuffer(maximumBytes + (2 + threads) * 4);
    this.words = new Int32Array(this.buffer);
    this.writers = new Int32Array(this.words.length);
    this.words[this.lengthWord] = initialBytes;
  }

  /** Index of the word that says on which word thread `index` sleeps: its index and 1, or 0. */
  sleepWord(index: number): number {
    return this.deadWord + 1 + index;
  }

  /** Who wrote word `w` last: 0 before the threads began. */
  writerOf(w: number): number {
    return this.writers[w];
  }

  set(w: number, value: number): void {
    const { words, writers, writer } = this;
    const at = this.changes * ENTRY;
    if (at === this.journal.length) this.lengthenJournal();
    const { journal } = this;
    journal[at] = w;
    journal[at + 1] = words[w];
    const before = (journal[at + 2] = writers[w]);
    this.changes++;
    words[w] = value;
    writers[w] = writer;
    this.hashLow ^= mixLow(w, before) ^ mixLow(w, writer);
    this.hashHigh ^= mixHigh(w, before) ^ mixHigh(w, writer);
  }

  private lengthenJournal(): void {
    const longer = new Int32Array(this.journal.length * 2);
    longer.set(this.journal);
    this.journal = longer;
  }

  /** Takes changes back until the journal has `changes` entries. The hash is the caller's to restore. */
  undoTo(changes: number): void {
    const { words, writers, journal } = this;
    while (this.changes > changes) {
      const at = --this.changes * ENTRY;
      words[journal[at]] = journal[at + 1];
      writers[journal[at]] = journal[at + 2];
    }
  }

  /** What the words are now is where exploration begins: nothing before it is undone. */
  commit(): void {
    this.changes = 0;
    this.writers.fill(0);
    this.hashLow = 0;
    this.hashHigh = 0;
  }
}
