/**
 * The memory of one simulated thread. Each access, plain ones included, is answered from the thread's log or is a step
 * that the {@link Simulation} schedules. The views are watched ({@link watchedView}), explicit in length like the real
 * ones, and kept short on purpose: {@link reach} covers the page of the address and no more, so that a layer which
 * forgets to reach meets the end of its views early.
 */
import { BufferBacking, Memory, PAGE_BYTES } from "@heapwright/core";
import {
  ADD, AND, CAS, CAS2, EXCHANGE, GROW, LOAD, NOTIFY, OR, PLAIN_READ, PLAIN_WRITE, RACY_LOAD, REACH, STORE, WAIT, WAKE,
} from "./access-kinds.js";
import type { Arena } from "./arena.js";
import type { Simulation } from "./simulation.js";
import type { SimulatedThread } from "./simulated-thread.js";
import { watchedView } from "./watched-view.js";

export class ModelMemory extends Memory {
  override readonly canWait: boolean;
  private readonly words: Int32Array;
  private readonly arena: Arena;

  constructor(
    private readonly simulation: Simulation,
    private readonly thread: SimulatedThread,
    maximumBytes: number,
    sleeps: "may sleep" | "never sleeps",
  ) {
    super(new BufferBacking(simulation.arena.buffer, 0, maximumBytes));
    this.arena = simulation.arena;
    this.words = this.arena.words;
    this.canWait = sleeps === "may sleep";
    this.end = this.words[this.arena.lengthWord];
    this.i8 = watchedView(this, Int8Array);
    this.u8 = watchedView(this, Uint8Array);
    this.i16 = watchedView(this, Int16Array);
    this.u16 = watchedView(this, Uint16Array);
    this.i32 = watchedView(this, Int32Array);
    this.u32 = watchedView(this, Uint32Array);
    this.f32 = watchedView(this, Float32Array);
    this.f64 = watchedView(this, Float64Array);
  }

  /** The step begins here, or the thread stands still. */
  private begin(kind: number, w: number, span: number): void {
    if (!((w + span) * 4 <= this.end && w >= 0)) this.simulation.outside(this.thread, kind, w, this.end);
    if (!this.thread.direct) this.simulation.arrive(this.thread, kind, w, span);
  }

  override load(w: number): number {
    const { thread } = this;
    if (thread.cursor < thread.length) return thread.again(LOAD, w);
    this.begin(LOAD, w, 1);
    return thread.record(this.words[w]);
  }

  override racyLoad(w: number): number {
    const { thread } = this;
    if (w * 4 >= this.end && !this.reach(w * 4)) return 0;
    if (thread.cursor < thread.length) return thread.again(RACY_LOAD, w);
    this.begin(RACY_LOAD, w, 1);
    return thread.record(this.words[w]);
  }

  override store(w: number, value: number): void {
    const { thread } = this;
    if (thread.cursor < thread.length) {
      thread.again(STORE, w);
      return;
    }
    this.begin(STORE, w, 1);
    this.simulation.write(w, value | 0);
  }

  override cas(w: number, expected: number, value: number): boolean {
    const { thread } = this;
    if (thread.cursor < thread.length) return thread.again(CAS, w) === 1;
    this.begin(CAS, w, 1);
    const succeeds = this.words[w] === (expected | 0) && !this.simulation.failsSpuriously(thread);
    if (succeeds) this.simulation.write(w, value | 0);
    return thread.record(Number(succeeds)) === 1;
  }

  override cas2(w: number, low: number, high: number, newLow: number, newHigh: number): boolean {
    const { thread } = this;
    if (thread.cursor < thread.length) return thread.again(CAS2, w) === 1;
    if ((w & 1) !== 0) throw new RangeError(`cas2 of word ${w}, which is not even`);
    this.begin(CAS2, w, 2);
    const equal = this.words[w] === (low | 0) && this.words[w + 1] === (high | 0);
    const succeeds = equal && !this.simulation.failsSpuriously(thread);
    if (succeeds) {
      this.simulation.write(w, newLow | 0);
      this.simulation.write(w + 1, newHigh | 0);
    }
    return thread.record(Number(succeeds)) === 1;
  }

  override add(w: number, delta: number): number {
    return this.change(ADD, w, delta);
  }

  override exchange(w: number, value: number): number {
    return this.change(EXCHANGE, w, value);
  }

  override or(w: number, mask: number): number {
    return this.change(OR, w, mask);
  }

  override and(w: number, mask: number): number {
    return this.change(AND, w, mask);
  }

  private change(kind: number, w: number, operand: number): number {
    const { thread } = this;
    if (thread.cursor < thread.length) return thread.again(kind, w);
    this.begin(kind, w, 1);
    const before = this.words[w];
    this.simulation.write(w, changed(kind, before, operand | 0));
    return thread.record(before);
  }

  /** One plain read of `span` words, of which `read` makes the value. For the views. */
  plainRead(w: number, span: number, read: () => number): number {
    const { thread } = this;
    if (thread.cursor < thread.length) return thread.again(PLAIN_READ, w);
    this.begin(PLAIN_READ, w, span);
    return thread.record(read());
  }

  /** One plain write of a word. */
  plainWrite(w: number, value: () => number): void {
    const { thread } = this;
    if (thread.cursor < thread.length) {
      thread.again(PLAIN_WRITE, w);
      return;
    }
    this.begin(PLAIN_WRITE, w, 1);
    this.simulation.write(w, value());
  }

  /** In words: nobody promised that a fill happens at once. */
  override fill(address: number, bytes: number, value: number): void {
    const word = ((value & 0xff) * 0x01010101) | 0;
    const filled = (): number => word;
    for (let at = address; at < address + bytes; ) {
      if ((at & 3) === 0 && at + 4 <= address + bytes) {
        this.plainWrite(at >>> 2, filled);
        at += 4;
      } else this.u8[at++] = value;
    }
  }

  override copy(to: number, from: number, bytes: number): void {
    const { u8, i32 } = this;
    const view = ((to | from | bytes) & 3) === 0 ? i32 : u8;
    const size = view.BYTES_PER_ELEMENT;
    const values: number[] = [];
    for (let at = 0; at < bytes; at += size) values.push(view[(from + at) / size]);
    values.forEach((value, i) => (view[to / size + i] = value));
  }

  override reach(address: number): boolean {
    if (address < this.end) return true;
    const { thread } = this;
    const { lengthWord } = this.arena;
    if (thread.cursor < thread.length) this.end = thread.again(REACH, lengthWord);
    else {
      if (!thread.direct) this.simulation.arrive(thread, REACH, lengthWord, 1);
      const length = this.words[lengthWord];
      const page = (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES;
      this.end = thread.record(Math.max(this.end, address < length ? Math.min(page, length) : length));
    }
    return address < this.end;
  }

  override grow(bytes: number): boolean {
    if (bytes <= this.end) return true;
    if (bytes > this.maximumBytes) return false;
    const { thread } = this;
    const { lengthWord } = this.arena;
    if (thread.cursor < thread.length) this.end = thread.again(GROW, lengthWord);
    else {
      if (!thread.direct) this.simulation.arrive(thread, GROW, lengthWord, 1);
      if (bytes > this.words[lengthWord]) this.simulation.write(lengthWord, bytes);
      this.end = thread.record(bytes);
    }
    return true;
  }

  /** Two steps: to fall asleep if the word is as expected, and to wake, which is possible after a notification or when nobody else can go on. */
  override wait(w: number, expected: number, milliseconds: number): void {
    const { thread, simulation } = this;
    if (thread.direct) return;
    if (thread.cursor < thread.length) thread.again(WAIT, w);
    else {
      this.begin(WAIT, w, 1);
      const sleeps = this.words[w] === (expected | 0) && milliseconds > 0;
      if (sleeps) this.arena.set(this.arena.sleepWord(thread.index), w + 1);
      thread.record(Number(sleeps));
    }
    if (thread.values[thread.cursor - 1] === 0) return;
    if (thread.cursor < thread.length) thread.again(WAKE, w);
    else {
      simulation.arrive(thread, WAKE, w, 1);
      this.arena.set(this.arena.sleepWord(thread.index), 0);
    }
  }

  override notify(w: number, count: number): void {
    const { thread } = this;
    if (thread.direct) return;
    if (thread.cursor < thread.length) {
      thread.again(NOTIFY, w);
      return;
    }
    this.simulation.arrive(thread, NOTIFY, w, 1);
    this.simulation.wakeSleepers(w, count);
  }
}

function changed(kind: number, before: number, operand: number): number {
  switch (kind) {
    case ADD:
      return (before + operand) | 0;
    case OR:
      return before | operand;
    case AND:
      return before & operand;
    default:
      return operand;
  }
}
