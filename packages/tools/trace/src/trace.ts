/**
 * What a trace is: every allocation event of one run of one program, in an order in which they may have happened.
 * The one idea is that there are no addresses. Each allocation makes a block with a new number, and later events name
 * the block, so that a trace can be replayed on any heap. Stored as columns, because traces have a million events.
 */

/** Kinds of event. The numbers are part of the file format. */
export const EventKind = {
  /** malloc(size) */
  malloc: 0,
  /** calloc(other, size) */
  calloc: 1,
  /** alignedAlloc(other, size) */
  alignedAlloc: 2,
  /** realloc(block number other, size): ends that block and makes a new one */
  realloc: 3,
  /** free(block) */
  free: 4,
} as const;

/** One of the numbers in {@link EventKind}. */
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** The events, one entry per event in each column. */
export interface TraceEvents {
  /** An {@link EventKind}. */
  readonly kind: Uint8Array;
  /** Who did it: threads are numbered from 0 in the order of their first events. */
  readonly thread: Uint16Array;
  /** The block that is made, or freed. Blocks are numbered from 1 in the order in which they are made. */
  readonly block: Uint32Array;
  /** The size asked for, in bytes; of one element for calloc, 0 for free. */
  readonly size: Uint32Array;
  /** calloc: number of elements. alignedAlloc: alignment, a power of two. realloc: the block that ends. Otherwise 0. */
  readonly other: Uint32Array;
}

/** Where a trace comes from. */
export interface TraceOrigin {
  /** The program, such as `cc1`. */
  readonly program: string;
  /** Its version as it tells it itself, or an empty string. */
  readonly version: string;
  /** What was run. */
  readonly command: string;
  /** How it was recorded: `heaprecord`, `mtrace` or `program` for a trace that was built by hand. */
  readonly recorder: string;
  readonly omitted: TraceOmissions;
}

/** What a recording had and the trace has not, in events. */
export interface TraceOmissions {
  /** Frees and reallocs of blocks whose allocation was not recorded. */
  readonly unknownBlocks: number;
  /** Allocations of 4 GiB or more: no address of a 32-bit heap reaches so far. Their frees are not counted again. */
  readonly hugeBlocks: number;
  /** Blocks that were freed unseen, known because their address was handed out again. The trace frees them there. */
  readonly unseenFrees: number;
  /** Events behind a hole in the recording, whose order is therefore unknown. */
  readonly afterHole: number;
}

export const NOTHING_OMITTED: TraceOmissions = { unknownBlocks: 0, hugeBlocks: 0, unseenFrees: 0, afterHole: 0 };

/** Figures that follow from the events; {@link summarize} derives them. Sizes are those asked for, in bytes. */
export interface TraceSummary {
  readonly events: number;
  readonly threads: number;
  /** Blocks made, by any of the four kinds of allocation. */
  readonly blocks: number;
  readonly mallocs: number;
  readonly callocs: number;
  readonly alignedAllocs: number;
  readonly reallocs: number;
  readonly frees: number;
  /** Frees and reallocs by another thread than the one that made the block. */
  readonly crossThreadFrees: number;
  /** Blocks that are still there at the end. */
  readonly neverFreed: number;
  /** Sum of the sizes of all blocks. */
  readonly allocatedBytes: number;
  readonly peak: TracePeak;
  /** The most blocks there ever are at once; not necessarily at the peak. */
  readonly mostBlocks: number;
}

/** The first moment at which the live blocks have their greatest total size. */
export interface TracePeak {
  /** Index of the event after which it is reached; -1 in a trace that never allocates a byte. */
  readonly event: number;
  readonly bytes: number;
  readonly blocks: number;
}

/** A recorded run. */
export interface Trace {
  readonly origin: TraceOrigin;
  readonly events: TraceEvents;
  readonly summary: TraceSummary;
}
