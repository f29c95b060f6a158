/**
 * Where a coalescing heap's spans come from, and when they go back: the part of it that deals with the page source. Blocks
 * are made and merged by others; an arena hears when there is no free block for a request, when a span has no block in
 * use any more, and, if it wants to, when a large free block has come to be.
 */
import { i32, PAGE_BYTES, struct, type Memory, type Root } from "@heapwright/core";
import { bytesIn } from "./block-tags.js";
import type { FreeIndex } from "./free-index.js";
import { HEAP, type HeapSums } from "./heap-sums.js";
import { FIRST_BLOCK, SPAN, SPAN_OVERHEAD, type SpanList } from "./span-list.js";

export const LARGEST_SPAN = 2 ** 32 - 65536;

export const ARENA = struct("Arena", {
  /** most pages that may be held; 0: as many as there are. Under the heap's lock, as below */
  limit: i32(),
  /** most pages that have been held */
  peak: i32(),
});

export abstract class Arena {
  /** {@link freed} is called for free blocks of this size and more. */
  abstract readonly noticedBytes: number;

  protected readonly memory: Memory;
  private readonly w: number;

  /** @param limit most bytes that may be held; 0: no limit. What the thread that formats says */
  constructor(
    root: Root,
    protected readonly sums: HeapSums,
    protected readonly spans: SpanList,
    protected readonly index: FreeIndex,
    limit: number,
  ) {
    this.memory = root.memory;
    this.w = root.claimStruct(ARENA) >>> 2;
    if (root.fresh) this.setLimit(limit);
  }

  /** Makes a free block of `wanted` bytes. @returns false when there is no memory */
  abstract grow(wanted: number): boolean;

  /** A free block of `bytes` has come to be by a free. It is filed. */
  abstract freed(bytes: number): void;

  /** The last block in use of `span` was freed. */
  abstract emptied(span: number): void;

  /** Gives back all that holds no block in use, as far as that can be done. */
  abstract trim(): void;

  /** Length of the longest span that {@link grow} could acquire, or 0; any thread, at any time. */
  abstract longestSpan(): number;

  footprint(): number {
    return this.sums.blockBytes + this.sums.spans * SPAN_OVERHEAD;
  }

  peakFootprint(): number {
    return (this.memory.i32[this.w + ARENA.peak] >>> 0) * PAGE_BYTES;
  }

  limit(): number {
    return (this.memory.i32[this.w + ARENA.limit] >>> 0) * PAGE_BYTES;
  }

  setLimit(bytes: number): void {
    this.memory.i32[this.w + ARENA.limit] = Math.ceil(bytes / PAGE_BYTES);
  }

  /** Whether `more` bytes may be held besides. */
  protected allows(more: number): boolean {
    return this.longestAllowed(more) === more;
  }

  /** The part of `bytes` that may be held besides. */
  protected longestAllowed(bytes: number): number {
    const limit = this.limit();
    return limit === 0 ? bytes : Math.max(0, Math.min(bytes, limit - this.footprint()));
  }

  protected raisePeak(): void {
    const pages = Math.ceil(this.footprint() / PAGE_BYTES);
    if (pages > this.memory.i32[this.w + ARENA.peak] >>> 0) this.memory.i32[this.w + ARENA.peak] = pages;
  }

  protected isEmpty(span: number): boolean {
    return this.memory.i32[(span >>> 2) + SPAN.live] === 0;
  }

  protected addSpan(bytes: number): boolean {
    const span = bytes > LARGEST_SPAN || !this.allows(bytes) ? 0 : this.spans.acquire(bytes);
    if (span === 0) return false;
    const block = bytes - SPAN_OVERHEAD;
    this.sums.add(HEAP.spans, 1);
    this.sums.add(HEAP.blocks, 1);
    this.sums.add(HEAP.freeBytes, block);
    this.sums.add(HEAP.blockBytes, block);
    this.sums.add(HEAP.emptyBytes, bytes);
    this.index.insert(span + FIRST_BLOCK, block, "fresh");
    this.raisePeak();
    return true;
  }

  /** Gives back a span without a block in use. */
  protected dissolve(span: number): void {
    this.spans.blocks(span, (block, tag) => {
      this.index.remove(block, bytesIn(tag));
      this.sums.add(HEAP.blocks, -1);
      this.sums.add(HEAP.freeBytes, -bytesIn(tag));
      this.sums.add(HEAP.blockBytes, -bytesIn(tag));
    });
    this.sums.add(HEAP.spans, -1);
    this.sums.add(HEAP.emptyBytes, -this.spans.bytesOf(span));
    this.spans.release(span);
  }
}
