/**
 * Reads what heaprecord (../recorder/heaprecord.c) writes: a header with the command line, then chunks of one thread's
 * events, in the order in which buffers were full. The one idea: sequence numbers have no holes, so the events are put
 * in their places by number, and everything before the first empty place is a complete history.
 */
import { AddressBook } from "./address-book.js";
import { TraceBuilder } from "./trace-builder.js";
import { TraceFormatError } from "./trace-format-error.js";
import type { Trace, TraceOrigin } from "./trace.js";

const MAGIC = "HEAPRAW1";
const EVENT_BYTES = 32;
const RawKind = { malloc: 1, calloc: 2, aligned: 3, realloc: 4, moved: 5, free: 6 } as const;

/** Where each event stands in the file, by sequence number, and which thread it is of. */
interface Timeline {
  readonly at: Float64Array;
  readonly thread: Uint32Array;
  /** Events before the first hole. */
  readonly complete: number;
  readonly total: number;
}

/** A realloc whose end has not been read yet. */
interface Unfinished {
  readonly block: number | undefined;
  readonly address: number;
}

/** The command line of a raw recording, argument by argument. @throws TraceFormatError */
export function rawCommand(bytes: Uint8Array): string[] {
  const end = headerEnd(bytes);
  const text = new TextDecoder().decode(bytes.subarray(MAGIC.length + 4, end));
  return text.split("\0").slice(0, -1);
}

/** How many events a raw recording has. @throws TraceFormatError */
export function rawEvents(bytes: Uint8Array): number {
  let events = 0;
  for (const chunk of chunks(bytes)) events += chunk.events;
  return events;
}

/**
 * @param bytes a file written by heaprecord; one that ends early is used up to there
 * @param origin what to say of the program instead of its command line
 * @throws TraceFormatError when it is no such file
 */
export function importRaw(bytes: Uint8Array, origin: Partial<TraceOrigin> = {}): Trace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const timeline = readTimeline(bytes, view);
  const builder = new TraceBuilder();
  const book = new AddressBook(builder);
  const reallocs = new Map<number, Unfinished>();

  const word = (at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;

  for (let i = 0; i < timeline.complete; i += 1) {
    const thread = timeline.thread[i];
    const at = timeline.at[i];
    const address = word(at + 8);
    const size = word(at + 16);
    switch (bytes[at + 7]) {
      case RawKind.malloc:
        book.malloc(thread, address, size);
        break;
      case RawKind.calloc:
        book.calloc(thread, address, word(at + 24), size);
        break;
      case RawKind.aligned:
        book.alignedAlloc(thread, address, word(at + 24), size);
        break;
      case RawKind.free:
        book.free(thread, address);
        break;
      case RawKind.realloc:
        reallocs.set(thread, { block: book.leave(address), address });
        break;
      case RawKind.moved: {
        const old = reallocs.get(thread);
        if (old === undefined) throw new TraceFormatError("inconsistent", `event ${i}: a realloc ends that never began`);
        reallocs.delete(thread);
        if (address === 0 && size > 0) book.stay(old.block, old.address);
        else book.moved(thread, old.block, address, size);
        break;
      }
      default:
        throw new TraceFormatError("inconsistent", `event ${i}: unknown kind ${bytes[at + 7]}`);
    }
  }
  const argv = rawCommand(bytes);
  const program = (argv[0] ?? "").replace(/^.*\//, "");
  const command = [program, ...argv.slice(1)].join(" ");
  const omitted = book.omitted(timeline.total - timeline.complete);
  return builder.build({ program, command, recorder: "heaprecord", ...origin, omitted });
}

function headerEnd(bytes: Uint8Array): number {
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new TraceFormatError("not-a-trace", "not a recording of heaprecord");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length >= MAGIC.length + 4 ? MAGIC.length + 4 + view.getUint32(MAGIC.length, true) : Infinity;
  if (end > bytes.length) throw new TraceFormatError("truncated", "the recording ends in its header");
  return end;
}

/** The chunks that are whole, and the whole events of a last one that is not. */
function* chunks(bytes: Uint8Array): Generator<{ readonly thread: number; readonly at: number; readonly events: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = headerEnd(bytes); at + 8 <= bytes.length; ) {
    const thread = view.getUint32(at, true);
    const stated = view.getUint32(at + 4, true);
    at += 8;
    const events = Math.min(stated, Math.floor((bytes.length - at) / EVENT_BYTES));
    yield { thread, at, events };
    at += stated * EVENT_BYTES;
  }
}

function readTimeline(bytes: Uint8Array, view: DataView): Timeline {
  const total = rawEvents(bytes);
  const at = new Float64Array(total);
  const thread = new Uint32Array(total);
  for (const chunk of chunks(bytes)) {
    for (let i = 0; i < chunk.events; i += 1) {
      const event = chunk.at + i * EVENT_BYTES;
      const sequence = view.getUint32(event, true) + (view.getUint32(event + 4, true) & 0xffffff) * 2 ** 32;
      if (sequence >= total) continue; // there is a hole before it
      if (at[sequence] !== 0) throw new TraceFormatError("inconsistent", `two events have the number ${sequence}`);
      at[sequence] = event;
      thread[sequence] = chunk.thread;
    }
  }
  const hole = at.indexOf(0);
  return { at, thread, complete: hole < 0 ? total : hole, total };
}
