/**
 * A trace prepared for replay: one program per thread, in shared memory that all workers read. The one idea: what can be
 * known beforehand is decided here, so that the replaying loop only looks at its own columns. So a block that no other
 * thread touches costs no atomic operation, and a thread knows before each event whether it may have to wait.
 */
import { EventKind, type Trace } from "./trace.js";

/** Bits above the {@link EventKind} in {@link ThreadProgram.kind}. */
export const EventFlag = {
  /** The low bits: the kind. */
  kind: 7,
  /** The block that ends was made by another thread, which may not have come so far. */
  foreign: 8,
  /** The block that is made will be ended by another thread, which may be waiting for it. */
  shared: 16,
  /** After this event the trace has its peak. */
  peak: 32,
} as const;

/** The events of one thread, as columns. All in shared memory, read only. */
export interface ThreadProgram {
  /** An {@link EventKind} and {@link EventFlag}s. */
  readonly kind: Uint8Array;
  /** Index of the event in the trace. */
  readonly event: Uint32Array;
  readonly block: Uint32Array;
  /** As in the trace, but for free the size of the block. */
  readonly size: Uint32Array;
  /** As in the trace. */
  readonly other: Uint32Array;
  /** Blocks made by this thread that the program never freed. */
  readonly leftovers: Uint32Array;
}

/** What all threads of a replay share and never write. Structured-cloneable. */
export interface ReplayPlan {
  readonly programs: readonly ThreadProgram[];
  readonly events: number;
  /** Blocks are numbered 1 to this. */
  readonly blocks: number;
  /** Size of each block, by number. */
  readonly sizes: Uint32Array;
}

export function planReplay(trace: Trace): ReplayPlan {
  const { kind, thread, block, size, other } = trace.events;
  const { events, blocks, threads, peak } = trace.summary;
  const sizes = shared(Uint32Array, blocks + 1);
  const makers = new Uint16Array(blocks + 1);
  const enders = new Int32Array(blocks + 1).fill(-1);
  const lengths = new Uint32Array(threads);
  for (let i = 0; i < events; i += 1) {
    lengths[thread[i]] += 1;
    if (kind[i] === EventKind.free) {
      enders[block[i]] = thread[i];
      continue;
    }
    sizes[block[i]] = kind[i] === EventKind.calloc ? size[i] * other[i] : size[i];
    makers[block[i]] = thread[i];
    if (kind[i] === EventKind.realloc) enders[other[i]] = thread[i];
  }

  const programs = Array.from(lengths, (length, of) => emptyProgram(length, leftoversOf(of, makers, enders)));
  const filled = new Uint32Array(threads);
  for (let i = 0; i < events; i += 1) {
    const program = programs[thread[i]];
    const at = filled[thread[i]]++;
    const made = kind[i] === EventKind.free ? 0 : block[i];
    const ended = kind[i] === EventKind.free ? block[i] : kind[i] === EventKind.realloc ? other[i] : 0;
    let flags = i === peak.event ? EventFlag.peak : 0;
    if (ended !== 0 && makers[ended] !== thread[i]) flags |= EventFlag.foreign;
    if (made !== 0 && enders[made] >= 0 && enders[made] !== thread[i]) flags |= EventFlag.shared;
    program.kind[at] = kind[i] | flags;
    program.event[at] = i;
    program.block[at] = block[i];
    program.size[at] = made === 0 ? sizes[ended] : size[i];
    program.other[at] = other[i];
  }
  return { programs, events, blocks, sizes };
}

function emptyProgram(length: number, leftovers: Uint32Array): ThreadProgram {
  const column = (): Uint32Array => shared(Uint32Array, length);
  return { kind: shared(Uint8Array, length), event: column(), block: column(), size: column(), other: column(), leftovers };
}

function leftoversOf(thread: number, makers: Uint16Array, enders: Int32Array): Uint32Array {
  const found: number[] = [];
  for (let block = 1; block < makers.length; block += 1) {
    if (makers[block] === thread && enders[block] < 0) found.push(block);
  }
  const leftovers = shared(Uint32Array, found.length);
  leftovers.set(found);
  return leftovers;
}

function shared<Column extends Uint8Array | Uint32Array>(
  type: { new (buffer: SharedArrayBuffer): Column; readonly BYTES_PER_ELEMENT: number },
  length: number,
): Column {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}
