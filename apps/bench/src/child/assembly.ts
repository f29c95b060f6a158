/**
 * Where the threads of a run meet: a barrier, a word that says whether to go on, and a row for each thread with what it has
 * to tell. Outside of the heap. A thread that fails says why and wakes the others, so that nobody waits for it.
 */
import type { RoundResult } from "../workloads/workload.js";

const LINE = 32;
const ARRIVED = 0;
const GENERATION = LINE;
const STATE = 2 * LINE;
const TEXT = 3 * LINE;
const TEXT_WORDS = 8 * LINE;
const ROWS = TEXT + TEXT_WORDS;

/** States; 0 is to go on. */
const [STOP, BROKEN] = [1, 2];
const KINDS = ["cannot", "failed"] as const;

/** Another thread has failed; see {@link Assembly.failure}. */
export class BrokenOffError extends Error {
  override readonly name = "BrokenOffError";
}

export class Assembly {
  readonly #words: Int32Array;
  readonly #threads: number;

  constructor(words: Int32Array, threads: number) {
    this.#words = words;
    this.#threads = threads;
  }

  static wordsFor(threads: number): Int32Array {
    return new Int32Array(new SharedArrayBuffer(4 * (ROWS + threads * LINE)));
  }

  /** Whether {@link stop} was called. */
  get stopped(): boolean {
    return Atomics.load(this.#words, STATE) === STOP;
  }

  stop(): void {
    Atomics.store(this.#words, STATE, STOP);
  }

  /** Waits until all threads are here. @throws BrokenOffError */
  meet(): void {
    const words = this.#words;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.#threads - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    }
    while (Atomics.load(words, GENERATION) === generation) {
      this.throwIfBroken();
      Atomics.wait(words, GENERATION, generation, 100);
    }
    this.throwIfBroken();
  }

  /** @throws BrokenOffError */
  throwIfBroken(): void {
    if (Atomics.load(this.#words, STATE) === BROKEN) throw new BrokenOffError();
  }

  /** What this thread's round came to; to be read after {@link meet}. */
  tell(thread: number, { sum, calls }: RoundResult): void {
    this.#words[ROWS + thread * LINE] = sum;
    this.#words[ROWS + thread * LINE + 1] = calls;
  }

  /** Of all threads, as they told. */
  get totals(): RoundResult {
    let [sum, calls] = [0, 0];
    for (let thread = 0; thread < this.#threads; thread += 1) {
      sum = (sum + this.#words[ROWS + thread * LINE]) | 0;
      calls += this.#words[ROWS + thread * LINE + 1];
    }
    return { sum, calls };
  }

  /** Ends the run for everybody. The first to say so is heard. */
  fail(outcome: (typeof KINDS)[number], reason: string): void {
    const words = this.#words;
    // Success: the text is this thread's to write. Failure: another thread has failed before, and says why.
    if (Atomics.compareExchange(words, TEXT, 0, 1 + KINDS.indexOf(outcome)) !== 0) return;
    const length = Math.min(reason.length, TEXT_WORDS - 2);
    for (let i = 0; i < length; i += 1) words[TEXT + 2 + i] = reason.charCodeAt(i);
    words[TEXT + 1] = length;
    Atomics.store(words, STATE, BROKEN);
    Atomics.notify(words, GENERATION);
  }

  /** What was said of the failure. */
  get failure(): { readonly outcome: (typeof KINDS)[number]; readonly reason: string } {
    const words = this.#words;
    const text = words.subarray(TEXT + 2, TEXT + 2 + words[TEXT + 1]);
    return { outcome: KINDS[words[TEXT] - 1] ?? "failed", reason: String.fromCharCode(...text) };
  }
}
