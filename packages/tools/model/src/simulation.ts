/**
 * An execution under way: threads, the words they share, and the steps taken. A thread that arrives at a new access asks
 * the {@link Chooser} who goes next. Is it the thread itself, the access simply happens and its code goes on; only a
 * switch unwinds the code, to run another thread again up to where it stood. Going back is undoing the last steps, so
 * all executions with a common beginning share its cost.
 *
 * Not every access is a place to switch: a step that disturbs nobody and the step before it are as good as one. Those
 * that do disturb are found out on the way ({@link PlacesToSwitch}). The first access of an operation always is one: when
 * an operation begins matters though its first steps disturb nobody. So is whatever has to do with sleeping threads.
 */
import { CAS, CENSUS, DEATH, isAboutThreads, isLook, KIND_NAMES, mayWrite, NOTIFY, PLAIN_READ, PLAIN_WRITE, STORE, WAIT, WAKE } from "./access-kinds.js";
import type { Arena } from "./arena.js";
import { CUT, DONE, FAIL_SPURIOUSLY, KILL, type Choice, type Chooser } from "./chooser.js";
import { enabledThreads, isOut, looksAgain } from "./enabled-threads.js";
import type { Execution, Limits } from "./execution.js";
import { mixHigh, mixLow } from "./mix.js";
import { PlacesToSwitch } from "./places-to-switch.js";
import { NondeterminismError, SimulatedThread } from "./simulated-thread.js";
import { SUSPEND } from "./suspend.js";
import { Trace } from "./trace.js";
import { Violation } from "./violation.js";

export class Simulation implements Execution {
  readonly trace: Trace;
  readonly threads: readonly SimulatedThread[];
  rescuer = -1;
  violation: Violation | undefined;
  /** Called before each step that is new, when somebody wants to know where it comes from. */
  witness: (() => void) | undefined;
  readonly places: PlacesToSwitch;
  /** Every access but a plain read is a place to switch: for schedules that come from elsewhere. */
  switchesEverywhere = false;
  private next: Choice = CUT;
  private resuming = -1;
  private forcedFailure = false;
  /** Thread that runs alone, and the depth at which it has gone on for too long; -1: none does. */
  private solo = -1;
  private soloEnd = 0;

  /** @param isRacedFor whether threads race for a word by design, so that plain accesses of it disturb each other */
  constructor(
    readonly arena: Arena,
    threads: number,
    readonly chooser: Chooser,
    readonly limits: Limits,
    private readonly isRacedFor: (w: number) => boolean,
  ) {
    this.threads = Array.from({ length: threads }, (_, index) => new SimulatedThread(index));
    this.trace = new Trace(limits.steps);
    this.places = new PlacesToSwitch(arena.words.length, this.threads, isRacedFor);
  }

  /** A thread has come to an access that is not in its log. Returns when it may happen. */
  arrive(thread: SimulatedThread, kind: number, w: number, span: number): void {
    if (thread.unwinding) throw SUSPEND;
    const t = thread.index;
    const mayPass = thread.operations.begunAt === thread.length || this.isPlaceToSwitch(kind, w, span);
    if (this.resuming === t) this.resuming = -1;
    else if (this.solo === t) this.stepAlone(thread);
    else if (mayPass || this.isPlaceToDie(thread)) {
      this.forcedFailure = false;
      if (mayPass && isLook(kind) && looksAgain(this.trace, t, kind, w, this.limits.looks)) thread.stalledAt = this.trace.lastChange;
      this.next = mayPass ? this.chooseAt(t, enabledThreads(this)) : this.chooseAt(t, 1 << t);
      if (this.next !== t) this.suspend(thread);
    }
    this.witness?.();
    this.beginStep(thread, kind, w, span);
    if (mayPass) thread.blockStart = thread.length;
    thread.begin(kind, w, this.trace.depth - 1);
  }

  private chooseAt(current: number, enabled: number): Choice {
    if (enabled !== 0) return this.chooser.choose(this, current, enabled);
    this.violation ??= new Violation("deadlock", "all threads that are not over sleep, and nobody will wake them");
    return CUT;
  }

  private suspend(thread: SimulatedThread): never {
    thread.unwinding = true;
    throw SUSPEND;
  }

  private stepAlone(thread: SimulatedThread): void {
    if (this.trace.depth >= this.soloEnd) this.suspend(thread);
  }

  private isPlaceToSwitch(kind: number, w: number, span: number): boolean {
    if (kind === WAIT || kind === WAKE || kind === NOTIFY || kind === CENSUS || this.places.has(kind, w, span)) return true;
    return this.switchesEverywhere && (kind !== PLAIN_READ || this.isRacedFor(w));
  }

  /**
   * After a thread's first step and after each change of a word, as long as there are deaths to come. Later is as good as
   * that, until the next change; and to die disturbs nobody, so it is no place to switch.
   */
  private isPlaceToDie({ kinds, length }: SimulatedThread): boolean {
    return this.limits.deaths > 0 && (length === 1 || (length > 1 && mayWrite(kinds[length - 1]))) && this.limits.deaths > this.deadThreads();
  }

  deadThreads(): number {
    let dead = 0;
    for (const thread of this.threads) if (thread.dead) dead++;
    return dead;
  }

  private beginStep(thread: SimulatedThread, kind: number, w: number, span: number): void {
    const { trace, arena } = this;
    const at = trace.depth;
    if (trace.isFull) this.goesOnForEver(thread);
    trace.thread[at] = thread.index;
    trace.kind[at] = kind;
    trace.word[at] = w;
    trace.span[at] = span;
    trace.wrote[at] = 0;
    trace.spurious[at] = 0;
    trace.changes[at] = arena.changes;
    trace.hashLow[at] = arena.hashLow;
    trace.hashHigh[at] = arena.hashHigh;
    trace.threadLow[at] = thread.hashLow;
    trace.threadHigh[at] = thread.hashHigh;
    trace.changeBefore[at] = trace.lastChange;
    trace.blockBefore[at] = thread.blockStart;
    trace.notes[at] = this.places.note(thread, kind, w, span);
    trace.depth = at + 1;
    thread.stalledAt = -2;
    this.rename(thread, kind, w, span);
  }

  /** The thread's name becomes one for its steps so far and for what it has seen by them. */
  private rename(thread: SimulatedThread, kind: number, w: number, span: number): void {
    const { arena } = this;
    if (thread.operations.begunAt === thread.length) this.nameHistory(thread);
    if (kind === STORE || kind === PLAIN_WRITE || kind === WAKE || kind === NOTIFY || kind === DEATH) this.renameBy(thread, kind);
    else for (let at = w; at < w + span; at++) this.renameBy(thread, arena.writerOf(at));
    arena.writer = thread.hashLow | 1;
  }

  private renameBy(thread: SimulatedThread, seen: number): void {
    thread.hashLow = mixLow(thread.hashLow, seen);
    thread.hashHigh = mixHigh(thread.hashHigh, seen);
  }

  /** Which operations came before the one that now begins is part of what a specification is asked about. */
  private nameHistory(thread: SimulatedThread): void {
    for (const { operations, length } of this.threads) this.renameBy(thread, operations.completedWithin(length));
  }

  /** Changes a word, as part of the step under way. */
  write(w: number, value: number): void {
    const { arena, trace } = this;
    if (arena.words[w] !== value) trace.lastChange = trace.depth - 1;
    if (trace.depth > 0) trace.wrote[trace.depth - 1] = 1;
    arena.set(w, value);
  }

  failsSpuriously(thread: SimulatedThread): boolean {
    if (thread.direct || this.solo >= 0) return false;
    const fails = this.forcedFailure || this.chooser.failsSpuriously(this, thread.index);
    this.forcedFailure = false;
    if (fails) {
      this.trace.spurious[this.trace.depth - 1] = 1;
      this.renameBy(thread, CAS);
    }
    return fails;
  }

  /** Which threads are dead, a bit each, as a step of `thread`. */
  census(thread: SimulatedThread): number {
    const { deadWord, words } = this.arena;
    if (thread.cursor < thread.length) return thread.again(CENSUS, deadWord);
    this.arrive(thread, CENSUS, deadWord, 1);
    return thread.record(words[deadWord]);
  }

  /** Wakes up to `count` of the threads that sleep on word `w`, the lowest numbers first. */
  wakeSleepers(w: number, count: number): void {
    const { arena } = this;
    let left = count;
    for (const { index } of this.threads) {
      const sleep = arena.sleepWord(index);
      if (left <= 0 || arena.words[sleep] !== w + 1) continue;
      arena.set(sleep, 0);
      left--;
    }
  }

  /** Goes on as chosen, until a choice ends the execution. @returns CUT, DONE, or CUT with a {@link violation} */
  proceed(first: Choice): Choice {
    let choice = first;
    while (choice >= 0) choice = this.take(choice);
    return choice;
  }

  private take(choice: Choice): Choice {
    const thread = this.threads[choice & 7];
    if ((choice & KILL) !== 0) return this.kill(thread);
    this.resuming = thread.index;
    this.forcedFailure = (choice & FAIL_SPURIOUSLY) !== 0;
    this.run(thread);
    if (this.violation !== undefined) return CUT;
    return thread.finished ? this.choose() : this.next;
  }

  /** The first choice, and those after a thread is over. */
  choose(): Choice {
    if (this.threads.every((thread) => isOut(this, thread))) return DONE;
    return this.chooseAt(-1, enabledThreads(this));
  }

  private kill(thread: SimulatedThread): Choice {
    const { arena } = this;
    this.beginStep(thread, DEATH, 0, 0);
    thread.dead = true;
    arena.set(arena.deadWord, arena.words[arena.deadWord] | (1 << thread.index));
    return this.choose();
  }

  /** Runs a thread's function from its start, until it is over or stands still at an access. */
  private run(thread: SimulatedThread): void {
    thread.cursor = 0;
    thread.unwinding = false;
    thread.operations.clear();
    thread.objects?.restore();
    try {
      thread.body();
      thread.finished = !thread.unwinding;
    } catch (error) {
      if (error instanceof NondeterminismError) throw error;
      if (!thread.unwinding) this.violation ??= violationOf(error, thread.index);
    }
  }

  /** Brings every thread to its first access, without taking a step. */
  start(): void {
    for (const thread of this.threads) {
      thread.direct = false;
      this.solo = thread.index;
      this.soloEnd = 0;
      this.run(thread);
    }
    this.solo = -1;
  }

  /** Whether a thread comes to its end while all others stand still. Takes its steps back afterwards. */
  finishesAlone(thread: SimulatedThread): boolean {
    const { depth } = this.trace;
    this.solo = thread.index;
    this.soloEnd = this.limits.steps;
    this.run(thread);
    const finished = thread.finished || this.violation !== undefined;
    this.solo = -1;
    this.undoTo(depth);
    return finished;
  }

  /** Takes steps back until `depth` are left. */
  undoTo(depth: number): void {
    const { trace, arena, threads } = this;
    while (trace.depth > depth) {
      const at = --trace.depth;
      const thread = threads[trace.thread[at]];
      if (trace.kind[at] === DEATH) thread.dead = false;
      else thread.length--;
      thread.finished = false;
      thread.stalledAt = -2;
      thread.hashLow = trace.threadLow[at];
      thread.hashHigh = trace.threadHigh[at];
      thread.blockStart = trace.blockBefore[at];
      this.places.undoTo(trace.notes[at]);
      arena.undoTo(trace.changes[at]);
      arena.hashLow = trace.hashLow[at];
      arena.hashHigh = trace.hashHigh[at];
      trace.lastChange = trace.changeBefore[at];
    }
  }

  /** Does something to the memory outside of any schedule, through memories that are direct meanwhile, and undoes it. */
  quietly<T>(work: () => T): T {
    const { arena, trace, threads } = this;
    const { changes, hashLow, hashHigh } = arena;
    const { lastChange } = trace;
    for (const thread of threads) {
      thread.direct = true;
      thread.cursor = thread.length;
    }
    try {
      return work();
    } finally {
      for (const thread of threads) thread.direct = false;
      arena.undoTo(changes);
      arena.hashLow = hashLow;
      arena.hashHigh = hashHigh;
      trace.lastChange = lastChange;
    }
  }

  private goesOnForEver(thread: SimulatedThread): never {
    if (!this.switchesEverywhere && this.places.learnLooks(thread)) this.next = CUT;
    else this.violation ??= new Violation("livelock", `the threads have not come to an end after ${this.trace.depth} steps`);
    for (const one of this.threads) one.unwinding = true;
    throw SUSPEND;
  }

  /** An access past the end of the thread's views, which would vanish or give nothing. */
  outside(thread: SimulatedThread, kind: number, w: number, end: number): void {
    if (thread.unwinding) throw SUSPEND;
    const found = `${KIND_NAMES[kind]} of word ${w}, but this thread's views end at ${end} bytes`;
    const violation = new Violation("stale view", isAboutThreads(kind) ? found : `${found}: reach was not called`);
    if (!thread.direct) this.violation ??= violation;
    throw violation;
  }
}

function violationOf(error: unknown, thread: number): Violation {
  if (error instanceof Violation) return error;
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Violation("thrown", `thread ${thread} threw ${shown}`, [], { cause: error });
}

