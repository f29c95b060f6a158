/**
 * The seam between a coalescing heap and its fit policy. The heap knows where blocks are and which are free; the index
 * knows which free block to use next. Whatever an index has to remember about a block it keeps in the block's own first
 * words, and what it has to remember about all of them in header space it claims.
 *
 * Calls come from one thread at a time, with all memory in view. A call may be the last one a dying thread makes: then
 * the heap {@link FreeIndex.clear}s the index and inserts every free block anew.
 */
import type { Root } from "@heapwright/core";
import type { SpanList } from "./span-list.js";

/**
 * Where a free block comes from: `fresh` from the page source, `freed` by its owner, or left over of the block that was
 * {@link FreeIndex.take}n last: as the `leader` before an aligned block, which is filed first, or as the `rest`. Lea's
 * malloc, for one, makes the first its top, the last its designated victim.
 */
export type Origin = "fresh" | "freed" | "leader" | "rest";

export interface FreeIndex {
  /** Size of the smallest block that has room for what this index writes into it, tag and footer included. */
  readonly minimumBytes: number;
  /** Files a free block. Its tag is written; its first `bytes - 8` bytes are the index's until it leaves. */
  insert(block: number, bytes: number, origin: Origin): void;
  /** Takes this very block out, however many others are as large. */
  remove(block: number, bytes: number): void;
  /** A block that is filed as `from` bytes long has become `to` bytes long; its tag says so already. */
  resize(block: number, from: number, to: number): void;
  /**
   * Chooses a block of at least `bytes` and takes it out.
   * @returns 0 when there is none
   */
  take(bytes: number): number;
  /** Forgets everything, without reading any block. */
  clear(): void;
  /** Visits every block that is filed. Quiescent. */
  walk(visit: (block: number) => void): void;
  /** Proves its own order. Quiescent. @throws HeapCorruptionError */
  check(): void;
}

/** A class of indices, given to a heap that then makes one for itself. */
export type FitPolicy = new (root: Root, spans: SpanList) => FreeIndex;
