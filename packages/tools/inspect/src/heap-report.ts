/**
 * What there is to say about a heap at a moment, as one plain object that can be cloned to another thread or written as
 * JSON. All sums are exact while the heap is quiescent and no thread has died in it; see each field for what else it means.
 */
import { PAGE_BYTES } from "@heapwright/core";
import { ClassTable, type Amount, type CacheReport, type ClassReport } from "./class-table.js";
import type { Observation } from "./observation.js";
import { pagesOf, type PageSummary } from "./page-summary.js";

/** Pages of 64 KiB, by what is in them. */
export interface PageCounts {
  /** Pages with blocks for users, live or free. */
  readonly blocks: number;
  /** Pages of nothing but bookkeeping, the header's included. */
  readonly metadata: number;
  /** Pages without a block, ready to be used. */
  readonly free: number;
  /** Pages on their way in or out, and those that nobody spoke for: a dead thread's, or as they changed hands. */
  readonly inHand: number;
  /** Pages that the buffer would have to grow for. */
  readonly unbacked: number;
}

export interface HeapReport {
  readonly preset: string;
  /** In pages that are claimed now, the header included. */
  readonly mappedBytes: number;
  readonly peakMappedBytes: number;
  /** Spent on bookkeeping, the headers of blocks included. */
  readonly metadataBytes: number;
  /** Length of the buffer now, and the one it can grow to. */
  readonly bufferBytes: number;
  readonly maximumBytes: number;
  /** Blocks that programs hold, and the bytes they take, headers included where they lie in the block. */
  readonly live: Amount;
  /** Blocks that threads keep for themselves. */
  readonly cached: Amount;
  /** All else that could be allocated without the buffer growing: free blocks, parts not cut yet, free pages. */
  readonly free: Amount;
  /** By layer, then by block size. */
  readonly classes: readonly ClassReport[];
  readonly caches: readonly CacheReport[];
  readonly pages: PageCounts;
  /** The largest piece of {@link free} that could become one block. */
  readonly largestFreeBytes: number;
  /**
   * A size that `malloc` would serve this thread now, if nobody else came first: the largest that is certain, 0 when none is.
   * Counts memory that the buffer can still grow by, and only what `malloc` would look at; the engine may refuse to grow.
   */
  readonly largestAllocatable: number;
  /** 1 - largestFreeBytes / free.bytes: 0 when all that is free is one piece, near 1 when it is crumbs; 0 when nothing is free. */
  readonly externalFragmentation: number;
  /**
   * The part of live bytes that nobody asked for, estimated: requests are rounded up to sizes, and are taken to be spread evenly
   * between one size and the next. No request is stored, so this is no measurement; {@link mostInternalFragmentation} bounds it.
   */
  readonly internalFragmentation: number;
  /** The same if each request were the smallest that gets its block; of blocks as `malloc` makes them, not resized or aligned ones. */
  readonly mostInternalFragmentation: number;
}

export function reportOf(seen: Observation, pages: readonly PageSummary[] = pagesOf(seen)): HeapReport {
  const table = new ClassTable(seen.extents, seen.caches);
  const classes = table.classes();
  const live = sum(classes.map((one) => one.live));
  const free = sum(seen.extents.map(({ freeBlocks, freeBytes }) => ({ blocks: freeBlocks, bytes: freeBytes })));
  const largestFreeBytes = seen.extents.reduce((largest, extent) => Math.max(largest, extent.largestFree), 0);
  const slack = live.bytes === 0 ? 0 : classes.reduce((bytes, { slackBytes }) => bytes + slackBytes, 0) / live.bytes;
  const { mappedBytes, peakMappedBytes, metadataBytes, bufferBytes, maximumBytes } = seen.stats;
  return {
    preset: seen.preset,
    mappedBytes,
    peakMappedBytes,
    metadataBytes,
    bufferBytes,
    maximumBytes,
    live,
    cached: sum(classes.map(({ cached }) => cached)),
    free,
    classes,
    caches: table.caches(),
    pages: countPages(pages, seen),
    largestFreeBytes,
    largestAllocatable: seen.largestAllocatable,
    externalFragmentation: free.bytes === 0 ? 0 : 1 - largestFreeBytes / free.bytes,
    internalFragmentation: Math.min(1, slack) / 2,
    mostInternalFragmentation: Math.min(1, slack),
  };
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((total, { blocks, bytes }) => ({ blocks: total.blocks + blocks, bytes: total.bytes + bytes }), { blocks: 0, bytes: 0 });
}

function countPages(pages: readonly PageSummary[], { stats }: Observation): PageCounts {
  const count = (...states: PageSummary["state"][]): number => pages.filter(({ state }) => states.includes(state)).length;
  return {
    blocks: count("blocks"),
    metadata: count("metadata"),
    free: count("free"),
    inHand: count("in hand", "unknown"),
    unbacked: Math.floor((stats.maximumBytes - stats.bufferBytes) / PAGE_BYTES),
  };
}
