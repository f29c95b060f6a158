/**
 * A thread: a function that is run from its start as often as the explorer needs it, and the log of what its accesses
 * gave so far. While the log lasts an access is answered from it; the first one after that is new and goes to the
 * {@link Simulation}. So the log is all there is of a thread that stands still.
 */
import { KIND_NAMES } from "./access-kinds.js";
import { mixHigh, mixLow } from "./mix.js";
import type { ObjectState } from "./object-state.js";
import { OperationLog } from "./operation.js";

const CAPACITY = 1 << 8;

/** The thread's code did something else than last time though every access gave it the same. */
export class NondeterminismError extends Error {
  override readonly name = "NondeterminismError";
}

export class SimulatedThread {
  /** Accesses in the log. */
  length = 0;
  /** Accesses of the present run. */
  cursor = 0;
  finished = false;
  dead = false;
  /** The present run is being ended: none of its accesses counts any more. */
  unwinding = false;
  /** Runs outside of any schedule: nothing is logged. */
  direct = true;
  /** {@link Trace.lastChange} when it began to look at the same word again and again; -2: it does not. */
  stalledAt = -2;
  /** Its step that was a place to switch the last time; what it has done since was done in one go. */
  blockStart = 0;
  /** Its name: which thread it is, what it has done, and whose writes it has seen. */
  hashLow: number;
  hashHigh: number;
  kinds: Uint8Array = new Uint8Array(CAPACITY);
  words: Int32Array = new Int32Array(CAPACITY);
  values: Float64Array = new Float64Array(CAPACITY);
  /** By access: index of the step in the execution. */
  steps: Int32Array = new Int32Array(CAPACITY);
  readonly operations = new OperationLog();
  /** Runs the thread's function once, from its start. */
  body: () => void = () => {};
  objects: ObjectState | undefined;

  constructor(readonly index: number) {
    // one for each, so that equal steps of two threads are told apart by whoever sees what they wrote
    this.hashLow = mixLow(0, index + 1);
    this.hashHigh = mixHigh(0, index + 1);
  }

  /** The value that an access gave the first time. @throws NondeterminismError when it is another access */
  again(kind: number, w: number): number {
    const at = this.cursor++;
    if (this.kinds[at] !== kind || this.words[at] !== w) this.differs(at, kind, w);
    return this.values[at];
  }

  private differs(at: number, kind: number, w: number): never {
    const was = `${KIND_NAMES[this.kinds[at]]} of word ${this.words[at]}`;
    throw new NondeterminismError(
      `access ${at} of thread ${this.index} was ${was}, and is now ${KIND_NAMES[kind]} of word ${w}: its function keeps state between runs`,
    );
  }

  /** Adds an access to the log, whose value {@link record} brings. */
  begin(kind: number, w: number, step: number): void {
    const at = this.length;
    if (at === this.kinds.length) this.lengthen();
    this.kinds[at] = kind;
    this.words[at] = w;
    this.steps[at] = step;
    this.length = at + 1;
    this.cursor = at + 1;
  }

  record(value: number): number {
    if (!this.direct) this.values[this.length - 1] = value;
    return value;
  }

  private lengthen(): void {
    const capacity = this.kinds.length * 2;
    const longer = <T extends Uint8Array | Int32Array | Float64Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.kinds = longer(new Uint8Array(capacity), this.kinds);
    this.words = longer(new Int32Array(capacity), this.words);
    this.values = longer(new Float64Array(capacity), this.values);
    this.steps = longer(new Int32Array(capacity), this.steps);
  }

  /** Whether nothing is to be expected of it any more. */
  get isOver(): boolean {
    return this.finished || this.dead;
  }
}
