/**
 * First fit over spans, youngest first, and in each span over its free blocks, the one freed last first. A block that
 * grows, or of which a rest is left, keeps its place. Searches in proportion to spans and free blocks, but forgets
 * all about a span in one step when the span goes, and fills the spans that are in use already.
 */
import { HeapCorruptionError, type Memory, type Root } from "@heapwright/core";
import { bytesOf } from "./block-tags.js";
import { endless, linkAfter, longestList, nextOf, previousOf, unlink, walkList } from "./block-list.js";
import type { FreeIndex, Origin } from "./free-index.js";
import { SPAN, type SpanList } from "./span-list.js";

const LAYER = "free list of a span";

export class SpanFirstFit implements FreeIndex {
  readonly minimumBytes = 16;
  private readonly memory: Memory;
  /** Whom the block taken last stood behind; only the heap's next call may ask. */
  private gapAfter = 0;

  constructor(
    root: Root,
    private readonly spans: SpanList,
  ) {
    this.memory = root.memory;
  }

  insert(block: number, _bytes: number, origin: Origin): void {
    linkAfter(this.memory.i32, this.headWord(block), origin === "rest" || origin === "leader" ? this.gapAfter : 0, block);
  }

  remove(block: number): void {
    unlink(this.memory.i32, this.headWord(block), block);
  }

  resize(): void {
    // size decides nothing here
  }

  take(bytes: number): number {
    const { i32 } = this.memory;
    let left = longestList(this.memory);
    for (let span = this.spans.newest; span !== 0; span = this.spans.next(span)) {
      const headWord = (span >>> 2) + SPAN.freeList;
      for (let block = i32[headWord] >>> 0; block !== 0; block = nextOf(i32, block)) {
        if (left-- === 0) throw endless(block, LAYER);
        if (bytesOf(i32, block) < bytes) continue;
        this.gapAfter = previousOf(i32, block);
        unlink(i32, headWord, block);
        return block;
      }
    }
    return 0;
  }

  clear(): void {
    for (let span = this.spans.newest; span !== 0; span = this.spans.next(span)) this.memory.i32[(span >>> 2) + SPAN.freeList] = 0;
  }

  walk(visit: (block: number) => void): void {
    for (let span = this.spans.newest; span !== 0; span = this.spans.next(span)) {
      walkList(this.memory, (span >>> 2) + SPAN.freeList, LAYER, visit);
    }
  }

  check(): void {
    for (let span = this.spans.newest; span !== 0; span = this.spans.next(span)) {
      walkList(this.memory, (span >>> 2) + SPAN.freeList, LAYER, (block) => {
        if (this.spans.of(block) !== span) throw new HeapCorruptionError(block, LAYER, `on the list of the span at ${span}, which it is not in`);
      });
    }
  }

  private headWord(block: number): number {
    return (this.spans.of(block) >>> 2) + SPAN.freeList;
  }
}
