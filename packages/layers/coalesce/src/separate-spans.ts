/**
 * Spans that come and go as a whole: one of the usual size, or as large as a request needs, whenever there is no room; it
 * goes back when nothing in it is in use, unless so little is kept that it stays. Or, as a fixed arena, one span for ever.
 */
import type { MappedSpans, Root } from "@heapwright/core";
import { Arena } from "./arena.js";
import type { CheckedOptions } from "./coalesce-options.js";
import type { FreeIndex } from "./free-index.js";
import { HEAP, type HeapSums } from "./heap-sums.js";
import { SPAN_OVERHEAD, type SpanList } from "./span-list.js";

export class SeparateSpans extends Arena {
  override readonly noticedBytes = Infinity;

  constructor(
    root: Root,
    sums: HeapSums,
    spans: SpanList,
    index: FreeIndex,
    private readonly source: MappedSpans,
    private readonly options: CheckedOptions,
  ) {
    super(root, sums, spans, index, options.footprintLimit);
  }

  /** Acquires a span that has room for a block of `wanted` bytes; a smaller one than usual if need be. */
  override grow(wanted: number): boolean {
    const { spanBytes, arena } = this.options;
    const least = wanted + SPAN_OVERHEAD;
    if (arena === "fixed") return this.spans.newest === 0 && least <= spanBytes && this.addSpan(spanBytes);
    const usual = this.spans.held(Math.max(least, spanBytes));
    const smallest = this.spans.held(least);
    return this.addSpan(usual) || (smallest < usual && this.addSpan(smallest));
  }

  override freed(): void {
    // what becomes of a span is decided when nothing in it is in use
  }

  /**
   * Keeps a span that has become wholly free, or gives it back when enough are kept: so that a malloc and a free at the
   * edge of a span do not acquire and release it each time.
   */
  override emptied(span: number): void {
    const { arena, keepBytes } = this.options;
    this.sums.add(HEAP.emptyBytes, this.spans.bytesOf(span));
    if (arena !== "fixed" && this.sums.emptyBytes > keepBytes) this.dissolve(span);
  }

  /** A fixed arena stays. */
  override trim(): void {
    if (this.options.arena === "fixed") return;
    for (let span = this.spans.newest, next = 0; span !== 0; span = next) {
      next = this.spans.next(span);
      if (this.isEmpty(span)) this.dissolve(span);
    }
  }

  override longestSpan(): number {
    const { arena, spanBytes } = this.options;
    const longest = this.longestAllowed(this.source.longestFree());
    if (arena !== "fixed") return longest;
    return this.spans.newest === 0 && this.spans.held(spanBytes) <= longest ? spanBytes : 0;
  }
}
