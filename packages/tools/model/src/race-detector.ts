/**
 * Finds data races in an execution: two accesses of a word by two threads, one of them a write, one of them plain and
 * not marked as racy, and nothing that orders them. Order comes from each thread's own sequence, and from atomic
 * accesses: who reads a word atomically is behind whoever wrote it atomically. Kept as vector clocks (Fidge and Mattern;
 * per word, the last access of each thread of each kind, as in Flanagan and Freund, "FastTrack", PLDI 2009).
 *
 * It looks at steps, not at addresses in time: accesses that lie far apart in this execution race all the same if nothing
 * between them is an order. `racyLoad` neither races nor orders anything.
 */
import { CENSUS, DEATH, isAboutThreads, KIND_NAMES, PLAIN_READ, PLAIN_WRITE, RACY_LOAD, STORE } from "./access-kinds.js";
import { threadLetter } from "./schedule.js";
import type { Trace } from "./trace.js";
import { Violation } from "./violation.js";

/** Four rows a word: last accesses of each kind, per thread, as clocks; and the clock that an atomic read takes over. */
const PLAIN_READS = 0;
const PLAIN_WRITES = 1;
const ATOMIC_WRITES = 2;
const ATOMIC_READS = 3;
const RELEASED = 4;
const ROWS = 5;

export class RaceDetector {
  /** By word: its place in the tables in this execution, if its generation is the present one. */
  private readonly places: Int32Array;
  private readonly generations: Int32Array;
  private generation = 0;
  private used = 0;
  private readonly stride: number;
  private clocks = new Int32Array(1 << 12);
  /** Beside the clocks: the step at which the access happened. */
  private steps = new Int32Array(1 << 12);
  /** Vector clock of each thread. */
  private readonly threadClocks: Int32Array;

  /** @param isExempt words that are not watched */
  constructor(
    words: number,
    private readonly threads: number,
    private readonly isExempt: (w: number) => boolean,
  ) {
    this.places = new Int32Array(words);
    this.generations = new Int32Array(words);
    this.stride = ROWS * threads;
    this.threadClocks = new Int32Array(threads * threads);
  }

  /** The first race in the execution, if there is one. */
  find(trace: Trace): Violation | undefined {
    const { threads, threadClocks } = this;
    this.generation++;
    this.used = 0;
    threadClocks.fill(0);
    for (let t = 0; t < threads; t++) threadClocks[t * threads + t] = 1;
    for (let step = 0; step < trace.depth; step++) {
      const kind = trace.kind[step];
      if (kind === CENSUS) this.outlive(trace, step);
      if (isAboutThreads(kind)) continue;
      for (let i = 0; i < trace.span[step]; i++) {
        const other = this.access(trace, step, trace.word[step] + i);
        if (other >= 0 && !this.isExempt(trace.word[step] + i)) return raceOf(trace, other, step);
      }
      const t = trace.thread[step];
      if (trace.wrote[step] === 1) threadClocks[t * threads + t]++;
    }
    return undefined;
  }

  /** Who knows that a thread is dead is behind all that it did. */
  private outlive(trace: Trace, step: number): void {
    const { threads, threadClocks } = this;
    const t = trace.thread[step];
    for (let earlier = 0; earlier < step; earlier++) {
      if (trace.kind[earlier] !== DEATH) continue;
      const dead = trace.thread[earlier];
      for (let u = 0; u < threads; u++) threadClocks[t * threads + u] = Math.max(threadClocks[t * threads + u], threadClocks[dead * threads + u]);
    }
  }

  /** @returns the step that this one races with, or -1 */
  private access(trace: Trace, step: number, w: number): number {
    const t = trace.thread[step];
    const kind = trace.kind[step];
    const at = this.placeOf(w);
    if (kind === RACY_LOAD) return -1;
    if (kind === PLAIN_READ) {
      this.note(at + PLAIN_READS * this.threads, t, step);
      return this.later(at, t, PLAIN_WRITES, ATOMIC_WRITES);
    }
    if (kind === PLAIN_WRITE) {
      this.note(at + PLAIN_WRITES * this.threads, t, step);
      return this.later(at, t, PLAIN_READS, ATOMIC_READS);
    }
    const writes = trace.wrote[step] === 1;
    if (kind !== STORE) this.acquire(at, t);
    const race = this.later(at, t, writes ? PLAIN_READS : PLAIN_WRITES, PLAIN_WRITES);
    this.note(at + (writes ? ATOMIC_WRITES : ATOMIC_READS) * this.threads, t, step);
    if (writes) this.release(at, t);
    return race;
  }

  private placeOf(w: number): number {
    if (this.generations[w] === this.generation) return this.places[w];
    const at = this.used;
    this.used += this.stride;
    if (this.used > this.clocks.length) this.lengthen();
    this.clocks.fill(0, at, this.used);
    this.generations[w] = this.generation;
    this.places[w] = at;
    return at;
  }

  private lengthen(): void {
    const { clocks, steps } = this;
    this.clocks = new Int32Array(clocks.length * 2);
    this.clocks.set(clocks);
    this.steps = new Int32Array(clocks.length * 2);
    this.steps.set(steps);
  }

  private note(row: number, t: number, step: number): void {
    this.clocks[row + t] = this.threadClocks[t * this.threads + t];
    this.steps[row + t] = step;
  }

  /** An access of another thread, in rows `from` to `to`, that is not before what thread `t` does now; or -1. */
  private later(at: number, t: number, from: number, to: number): number {
    const { threads, clocks, threadClocks } = this;
    for (let row = from; row <= to; row++) {
      for (let u = 0; u < threads; u++) {
        if (u !== t && clocks[at + row * threads + u] > threadClocks[t * threads + u]) return this.steps[at + row * threads + u];
      }
    }
    return -1;
  }

  private acquire(at: number, t: number): void {
    const { threads, clocks, threadClocks } = this;
    for (let u = 0; u < threads; u++) {
      const released = clocks[at + RELEASED * threads + u];
      if (released > threadClocks[t * threads + u]) threadClocks[t * threads + u] = released;
    }
  }

  private release(at: number, t: number): void {
    const { threads, clocks, threadClocks } = this;
    for (let u = 0; u < threads; u++) clocks[at + RELEASED * threads + u] = threadClocks[t * threads + u];
  }
}

function raceOf(trace: Trace, first: number, second: number): Violation {
  const show = (step: number): string => `${KIND_NAMES[trace.kind[step]]} by thread ${threadLetter(trace.thread[step])} (step ${step})`;
  return new Violation("data race", `nothing orders the ${show(first)} and the ${show(second)}`, [first, second]);
}
