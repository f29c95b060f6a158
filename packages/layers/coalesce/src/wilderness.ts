/**
 * Few spans that grow and shrink at their ends, as the segments of Lea's malloc do: when there is no room the newest span
 * is lengthened in place, and only where somebody else has the pages behind it a further one begins. The free block at
 * the end of the newest, the wilderness or top, may become so large; when a free makes it larger, its pages go back to
 * the page source. It then has to be filled up anew before that happens again, so no sequence of calls at that edge
 * moves pages to and fro. Older spans go back when nothing in them is in use, which is looked for once in a while.
 *
 * Pages are given back in pieces: whoever dies in the middle costs one piece.
 */
import { i32, PAGE_BYTES, struct, type MappedSpans, type Root } from "@heapwright/core";
import { Arena, LARGEST_SPAN } from "./arena.js";
import { announceFree, setTag, tagOf, UNIT } from "./block-tags.js";
import type { CheckedOptions } from "./coalesce-options.js";
import type { FreeIndex } from "./free-index.js";
import { HEAP, type HeapSums } from "./heap-sums.js";
import { SMALL_LIMIT } from "./small-bins.js";
import { SPAN_OVERHEAD, type SpanList } from "./span-list.js";

export const WILDERNESS = struct("Wilderness", {
  /** frees of large blocks until empty spans are looked for; under the heap's lock */
  frees: i32(),
});

/** Bytes given back at a time. */
const PIECE = 2 * PAGE_BYTES;

/** A page source that can lengthen a span in place. */
export interface ExtensibleSpans extends MappedSpans {
  /** @returns false, with nothing changed, when the pages from `address + bytes` to `address + moreBytes` are not to be had */
  extend(address: number, bytes: number, moreBytes: number): boolean;
}

export function canExtend(source: MappedSpans): source is ExtensibleSpans {
  return "extend" in source;
}

export class Wilderness extends Arena {
  override readonly noticedBytes = SMALL_LIMIT;
  private readonly freesWord: number;

  constructor(
    root: Root,
    sums: HeapSums,
    spans: SpanList,
    index: FreeIndex,
    private readonly source: ExtensibleSpans,
    private readonly options: CheckedOptions,
  ) {
    super(root, sums, spans, index, options.footprintLimit);
    this.freesWord = (root.claimStruct(WILDERNESS) >>> 2) + WILDERNESS.frees;
    if (root.fresh) this.memory.i32[this.freesWord] = options.releaseEvery;
  }

  /** At the end of the newest span, or in a further one; by as little as will do if the usual amount is not to be had. */
  override grow(wanted: number): boolean {
    const span = this.spans.newest;
    if (span !== 0 && this.lengthen(span, Math.max(wanted - this.spans.freeAtEnd(span), 1))) return true;
    const least = wanted + SPAN_OVERHEAD;
    const usual = this.usual(least);
    const smallest = this.spans.held(least);
    return this.addSpan(usual) || (smallest < usual && this.addSpan(smallest));
  }

  /** What is acquired for so many bytes where there is enough. */
  private usual(bytes: number): number {
    const { spanBytes } = this.options;
    return this.spans.held(Math.ceil(bytes / spanBytes) * spanBytes);
  }

  private lengthen(span: number, least: number): boolean {
    const usual = this.usual(least);
    const smallest = this.spans.held(least);
    return this.lengthenBy(span, usual) || (smallest < usual && this.lengthenBy(span, smallest));
  }

  private lengthenBy(span: number, more: number): boolean {
    const bytes = this.spans.bytesOf(span);
    const free = this.spans.freeAtEnd(span);
    if (bytes + more > LARGEST_SPAN || !this.allows(more)) return false;
    if (!this.source.extend(span, bytes, bytes + more)) return false;
    this.spans.lengthen(span, more);
    this.file(span + bytes, more, free);
    if (this.isEmpty(span)) this.sums.add(HEAP.emptyBytes, more);
    this.raisePeak();
    return true;
  }

  /** Joins the `more` bytes from `block` on to the `free` ones before them. */
  private file(block: number, more: number, free: number): void {
    const { i32 } = this.memory;
    this.sums.add(HEAP.freeBytes, more);
    this.sums.add(HEAP.blockBytes, more);
    if (free === 0) {
      this.sums.add(HEAP.blocks, 1);
      this.index.insert(block, more, "fresh");
      return;
    }
    const top = block - free;
    this.index.remove(top, free);
    setTag(i32, top, tagOf(i32, top) + more);
    announceFree(i32, top, free + more);
    this.index.insert(top, free + more, "fresh");
  }

  override freed(bytes: number): void {
    const { i32 } = this.memory;
    if (bytes > this.options.trimBytes && this.spans.freeAtEnd(this.spans.newest) > this.options.trimBytes) this.shorten(this.spans.newest);
    if (--i32[this.freesWord] >= 0) return;
    i32[this.freesWord] = this.options.releaseEvery;
    this.releaseEmpty();
  }

  /** Stays until somebody looks: an older span then goes, the newest only when it is told to. */
  override emptied(span: number): void {
    this.sums.add(HEAP.emptyBytes, this.spans.bytesOf(span));
  }

  private releaseEmpty(): void {
    for (let span = this.spans.next(this.spans.newest), next = 0; span !== 0; span = next) {
      next = this.spans.next(span);
      if (this.isEmpty(span)) this.dissolve(span);
    }
  }

  /** Gives back whole spans, and the pages at the ends of the others. */
  override trim(): void {
    for (let span = this.spans.newest, next = 0; span !== 0; span = next) {
      next = this.spans.next(span);
      if (this.isEmpty(span)) this.dissolve(span);
      else this.shorten(span);
    }
  }

  /**
   * Gives back the pages at the end of a span that are wholly free, but for one that the free block there begins in. That
   * block is out of the index meanwhile: as much as 16 bytes may be left of it, less than what an index writes into a large one.
   */
  private shorten(span: number): void {
    const free = this.spans.freeAtEnd(span);
    const spare = Math.floor((free - UNIT) / PAGE_BYTES) * PAGE_BYTES;
    if (spare <= 0) return;
    const block = span + this.spans.bytesOf(span) - free;
    this.index.remove(block, free);
    this.giveBack(span, block, spare);
    this.index.insert(block, free - spare, "freed");
  }

  /** @param block the free block at the end of `span`, `bytes` of which go */
  private giveBack(span: number, block: number, bytes: number): void {
    const empty = this.isEmpty(span);
    for (let left = bytes; left > 0; left -= PIECE) this.spans.shorten(span, block, Math.min(left, PIECE));
    this.sums.add(HEAP.freeBytes, -bytes);
    this.sums.add(HEAP.blockBytes, -bytes);
    if (empty) this.sums.add(HEAP.emptyBytes, -bytes);
  }

  /** All but its first page in pieces. */
  protected override dissolve(span: number): void {
    this.shorten(span);
    super.dissolve(span);
  }

  override longestSpan(): number {
    return this.longestAllowed(this.source.longestFree());
  }
}
