/**
 * Makes a trace event by event, for importers and for traces written by hand. It hands out the block numbers (threads may
 * come under any number of yours and are renumbered in the order of their first events) and leaves the judgement
 * whether the whole makes sense to {@link summarize}, at the end.
 */
import { summarize } from "./summarize.js";
import { EventKind, NOTHING_OMITTED, type Trace, type TraceOrigin } from "./trace.js";
import { TraceFormatError } from "./trace-format-error.js";

export class TraceBuilder {
  readonly #kind: number[] = [];
  readonly #thread: number[] = [];
  readonly #block: number[] = [];
  readonly #size: number[] = [];
  readonly #other: number[] = [];
  readonly #threads = new Map<number, number>();
  #blocks = 0;

  /** @returns the number of the block, as for all kinds of allocation */
  malloc(thread: number, size: number): number {
    return this.#make(EventKind.malloc, thread, size, 0);
  }

  calloc(thread: number, count: number, size: number): number {
    return this.#make(EventKind.calloc, thread, size, count);
  }

  alignedAlloc(thread: number, alignment: number, size: number): number {
    return this.#make(EventKind.alignedAlloc, thread, size, alignment);
  }

  /** Ends `block` and makes the one that is returned. */
  realloc(thread: number, block: number, size: number): number {
    return this.#make(EventKind.realloc, thread, size, block);
  }

  free(thread: number, block: number): void {
    this.#add(EventKind.free, thread, block, 0, 0);
  }

  /** @throws TraceFormatError `inconsistent` when the events make no sense; numbers that do not fit are refused at once */
  build(origin: Partial<TraceOrigin> = {}): Trace {
    const events = {
      kind: Uint8Array.from(this.#kind),
      thread: Uint16Array.from(this.#thread),
      block: Uint32Array.from(this.#block),
      size: Uint32Array.from(this.#size),
      other: Uint32Array.from(this.#other),
    };
    const { program = "", version = "", command = "", recorder = "program", omitted = NOTHING_OMITTED } = origin;
    return { origin: { program, version, command, recorder, omitted }, events, summary: summarize(events) };
  }

  #make(kind: EventKind, thread: number, size: number, other: number): number {
    // counted behind it, since what is refused makes no block
    this.#add(kind, thread, this.#blocks + 1, size, other);
    return ++this.#blocks;
  }

  #add(kind: EventKind, thread: number, block: number, size: number, other: number): void {
    if (size >>> 0 !== size || other >>> 0 !== other || block >>> 0 !== block) {
      throw new TraceFormatError("inconsistent", `event ${this.#kind.length}: not all of ${block}, ${size} and ${other} are unsigned 32-bit`);
    }
    this.#kind.push(kind);
    this.#thread.push(this.#numberOf(thread));
    this.#block.push(block);
    this.#size.push(size);
    this.#other.push(other);
  }

  #numberOf(thread: number): number {
    const known = this.#threads.get(thread);
    if (known !== undefined) return known;
    this.#threads.set(thread, this.#threads.size);
    return this.#threads.size - 1;
  }
}
