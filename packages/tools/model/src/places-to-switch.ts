/**
 * Which accesses are places to switch: of those words at which threads have been seen to disturb each other. Learned while
 * exploring, and applied by beginning anew.
 *
 * A thread runs in blocks: a block begins with a place to switch, and what follows up to the next one is done in one go.
 * Watched is a rule: no access conflicts with one of another thread's latest block, unless both are places to switch. Where it
 * has held in all of an exploration, nothing can come of switching elsewhere that did not come of switching at places.
 * For take an execution that is switched anywhere, and move the steps of each block to the left, up to its first one. The places
 * stay in their order. No step passes one that it conflicts with: if it did, both blocks were open at the same time, and of
 * all such executions there is a shortest one, which is right up to the second step of the two. Do its blocks one after
 * the other in the order of their first steps, and it is one of the exploration, in which that step meets the first one in its
 * thread's latest block. So the rule would not have held. Moving adds no switch, so that this is true within each bound on
 * preemptions. Nor does it matter that executions are cut at states that are known: each thread has done the same on both ways
 * there, so that its latest block is the same, and what follows meets the same.
 *
 * A conflict of a plain access is no reason for a place to switch, except where a scenario allows races, and with
 * `racyLoad`, which nobody calls a race. Others either are races, which {@link RaceDetector} finds; or something atomic orders
 * the two steps, and as both blocks are open, that is a conflict of theirs that is watched.
 */
import { AND, ADD, CAS, CAS2, EXCHANGE, GROW, isLook, KIND_NAMES, LOAD, OR, PLAIN_READ, PLAIN_WRITE, RACY_LOAD, REACH, STORE, WAIT } from "./access-kinds.js";
import type { SimulatedThread } from "./simulated-thread.js";

/** What a thread does to a word, as far as conflicts go; each a place in the table. */
const LOADS = 0;
const RACY_LOADS = 1;
const WRITES = 2;
const PLAIN_WRITES = 3;
const ROWS = 4;

/** By row: those it conflicts with. */
const CONFLICTS: readonly (readonly number[])[] = [[WRITES], [WRITES, PLAIN_WRITES], [LOADS, RACY_LOADS, WRITES], [RACY_LOADS]];

const NONE = -1;

function rowsOf(plainReads: number, plainWrites: number): Int8Array {
  const rows = new Int8Array(KIND_NAMES.length).fill(NONE);
  for (const kind of [LOAD, REACH, WAIT]) rows[kind] = LOADS;
  for (const kind of [STORE, CAS, CAS2, ADD, EXCHANGE, OR, AND, GROW]) rows[kind] = WRITES;
  rows[RACY_LOAD] = RACY_LOADS;
  rows[PLAIN_READ] = plainReads;
  rows[PLAIN_WRITE] = plainWrites;
  return rows;
}

/** By kind; where nobody may race for the word, and where they may. */
const ROW = rowsOf(NONE, PLAIN_WRITES);
const RACED_ROW = rowsOf(LOADS, WRITES);

/** How many of a thread's last steps are looked at for what it may be waiting for. */
const LOOK_BACK = 256;

export class PlacesToSwitch {
  /** Whether more of them have turned out than are treated so. */
  learned = false;
  /** By word: kinds of accesses that are places, a bit each; and those that will be from {@link apply} on. */
  private readonly places: Int32Array;
  private readonly found: Int32Array;
  /** By word, thread and row: one more than the index, among the thread's steps, of its latest such access. */
  private readonly latest: Int32Array;
  /** What was in {@link latest} before: where, and what. */
  private journal = new Int32Array(1 << 12);
  private changes = 0;

  /** @param isRacedFor whether threads may race for a word, plainly too */
  constructor(
    words: number,
    private readonly threads: readonly SimulatedThread[],
    private readonly isRacedFor: (w: number) => boolean,
  ) {
    this.places = new Int32Array(words);
    this.found = new Int32Array(words);
    this.latest = new Int32Array(words * threads.length * ROWS);
  }

  has(kind: number, w: number, span: number): boolean {
    const { places } = this;
    return ((places[w] >>> kind) & 1) === 1 || (span > 1 && ((places[w + 1] >>> kind) & 1) === 1);
  }

  /** Notes the step that `thread` is about to take. @returns what {@link undoTo} needs to take it back */
  note(thread: SimulatedThread, kind: number, w: number, span: number): number {
    const { changes } = this;
    for (let at = w; at < w + span; at++) {
      const row = this.rowOf(kind, at);
      if (row !== NONE) this.noteWord(thread, kind, at, row);
    }
    return changes;
  }

  private rowOf(kind: number, w: number): number {
    if (kind !== PLAIN_READ && kind !== PLAIN_WRITE) return ROW[kind];
    return this.isRacedFor(w) ? RACED_ROW[kind] : ROW[kind];
  }

  private noteWord(thread: SimulatedThread, kind: number, w: number, row: number): void {
    const { threads, latest } = this;
    const rows = CONFLICTS[row];
    for (let t = 0; t < threads.length; t++) {
      const other = threads[t];
      if (other === thread) continue;
      const at = (w * threads.length + t) * ROWS;
      for (let i = 0; i < rows.length; i++) {
        const step = latest[at + rows[i]] - 1;
        if (step < other.blockStart) continue;
        this.learn(kind, w);
        this.learn(other.kinds[step], w);
      }
    }
    const at = (w * threads.length + thread.index) * ROWS + row;
    if (this.changes === this.journal.length) this.lengthenJournal();
    this.journal[this.changes++] = at;
    this.journal[this.changes++] = latest[at];
    latest[at] = thread.length + 1;
  }

  private lengthenJournal(): void {
    const longer = new Int32Array(this.journal.length * 2);
    longer.set(this.journal);
    this.journal = longer;
  }

  undoTo(changes: number): void {
    const { latest, journal } = this;
    while (this.changes > changes) {
      this.changes -= 2;
      latest[journal[this.changes]] = journal[this.changes + 1];
    }
  }

  private learn(kind: number, w: number): void {
    const bit = 1 << kind;
    if ((this.found[w] & bit) !== 0) return;
    this.found[w] |= bit;
    this.learned = true;
  }

  /**
   * A thread that does not come to its end may wait for one that would go on if there were a place to switch: what it has
   * looked at last becomes such. @returns whether anything is not yet
   */
  learnLooks({ kinds, words, length }: SimulatedThread): boolean {
    for (let at = Math.max(0, length - LOOK_BACK); at < length; at++) if (isLook(kinds[at])) this.learn(kinds[at], words[at]);
    return this.learned;
  }

  apply(): void {
    this.places.set(this.found);
    this.learned = false;
  }
}
