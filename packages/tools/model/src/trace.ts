/**
 * The steps of the execution under way, in order, with what has to be put back when one is undone. One array a column:
 * a step costs a few stores and makes no object.
 */
export class Trace {
  /** Number of steps; the index of the next one. */
  depth = 0;
  /** Index of the last step that changed a word, -1 if none. */
  lastChange = -1;
  readonly thread: Int8Array;
  readonly kind: Uint8Array;
  readonly word: Int32Array;
  /** How many words the step concerns, from `word` on. */
  readonly span: Int32Array;
  /** Whether a step that may write did: a compare-and-swap may fail. */
  readonly wrote: Uint8Array;
  /** Whether a compare-and-swap was made to fail. */
  readonly spurious: Uint8Array;

  // Before the step:
  readonly changes: Int32Array;
  readonly hashLow: Int32Array;
  readonly hashHigh: Int32Array;
  readonly threadLow: Int32Array;
  readonly threadHigh: Int32Array;
  readonly changeBefore: Int32Array;
  /** The thread's step with which its latest block began. */
  readonly blockBefore: Int32Array;
  /** How much had been noted of who did what to which word. */
  readonly notes: Int32Array;

  /** @param capacity most steps */
  constructor(readonly capacity: number) {
    this.thread = new Int8Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.word = new Int32Array(capacity);
    this.span = new Int32Array(capacity);
    this.wrote = new Uint8Array(capacity);
    this.spurious = new Uint8Array(capacity);
    this.changes = new Int32Array(capacity);
    this.hashLow = new Int32Array(capacity);
    this.hashHigh = new Int32Array(capacity);
    this.threadLow = new Int32Array(capacity);
    this.threadHigh = new Int32Array(capacity);
    this.changeBefore = new Int32Array(capacity);
    this.blockBefore = new Int32Array(capacity);
    this.notes = new Int32Array(capacity);
  }

  get isFull(): boolean {
    return this.depth === this.capacity;
  }
}
