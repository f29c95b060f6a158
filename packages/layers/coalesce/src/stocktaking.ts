/**
 * Everything about a coalescing heap that follows from its tags alone: the sums it keeps, the flags and footers, the free
 * blocks that its index must hold. Taken to be compared with what is there ({@link audit}), to be put there after a thread
 * has died in the middle of a change ({@link rebuild}), and to be shown ({@link reportSpan}). Tags are changed in an order
 * that leaves every span readable from its first tag to its last at all times, and this file is the reason.
 */
import { HeapCorruptionError, type Memory, type Visit } from "@heapwright/core";
import { announceFree, announceInUse, bytesIn, bytesOf, guardOf, IN_USE, nextTagWord, PREVIOUS_IN_USE, setTag, TAG_BYTES, tagOf } from "./block-tags.js";
import type { FreeIndex } from "./free-index.js";
import type { Stock } from "./heap-sums.js";
import { FIRST_BLOCK, SPAN, SPAN_OVERHEAD, type SpanList } from "./span-list.js";

/** What the options of a heap say about its tags. */
export interface TagRules {
  readonly coalesce: "both" | "none";
  /** What the end of each block in use is marked with; 0: nothing. */
  readonly guard: number;
}

const LAYER = "coalescing heap";

/** @throws HeapCorruptionError where tags, footers, flags, counts of spans or the index contradict each other */
export function audit(memory: Memory, spans: SpanList, index: FreeIndex, rules: TagRules): Stock {
  spans.check();
  const stock: Stock = { spans: 0, blocks: 0, freeBytes: 0, emptyBytes: 0, blockBytes: 0 };
  const free = new Set<number>();
  for (let span = spans.newest; span !== 0; span = spans.next(span)) auditSpan(memory.i32, spans, span, rules, stock, free);
  index.walk((block) => {
    if (!free.delete(block)) throw new HeapCorruptionError(block, LAYER, "the index holds it twice, or it is not free");
  });
  for (const block of free) throw new HeapCorruptionError(block, LAYER, "a free block is not in the index");
  index.check();
  return stock;
}

function auditSpan(i32: Int32Array, spans: SpanList, span: number, { coalesce, guard }: TagRules, stock: Stock, free: Set<number>): void {
  const refuse = (block: number, found: string): never => {
    throw new HeapCorruptionError(block, LAYER, found);
  };
  const spanBytes = spans.bytesOf(span);
  let live = 0;
  let previousInUse = PREVIOUS_IN_USE;
  spans.blocks(span, (block, tag) => {
    const bytes = bytesIn(tag);
    if ((tag & PREVIOUS_IN_USE) !== previousInUse) refuse(block, "its tag is wrong about the block before it");
    previousInUse = (tag & IN_USE) << 1;
    stock.blocks++;
    stock.blockBytes += bytes;
    if ((tag & IN_USE) !== 0) {
      live++;
      if (guard !== 0 && guardOf(i32, block, bytes) !== guard) refuse(block, "the word behind it was overwritten");
      return;
    }
    if (coalesce === "both" && (tag & PREVIOUS_IN_USE) === 0) refuse(block, "two free blocks side by side");
    if (i32[nextTagWord(block, bytes) - 1] >>> 0 !== bytes) refuse(block, "its footer is not its length");
    stock.freeBytes += bytes;
    free.add(block);
  });
  const end = nextTagWord(span + FIRST_BLOCK, spanBytes - SPAN_OVERHEAD);
  if (i32[end] !== (IN_USE | previousInUse)) refuse(span, "the tag that ends its span is wrong");
  if (i32[(span >>> 2) + SPAN.live] !== live) refuse(span, `${live} blocks in use, and a count of ${i32[(span >>> 2) + SPAN.live]}`);
  stock.spans++;
  if (live === 0) stock.emptyBytes += spanBytes;
}

/**
 * Derives flags, footers, counts and index anew from lengths and in-use bits. Merges what a dying thread left side by side.
 * @throws HeapCorruptionError where tags do not lead to the end of their span; nothing can be derived then
 */
export function rebuild(memory: Memory, spans: SpanList, index: FreeIndex, { coalesce }: TagRules, slot: number): Stock {
  spans.repair(slot);
  index.clear();
  const stock: Stock = { spans: 0, blocks: 0, freeBytes: 0, emptyBytes: 0, blockBytes: 0 };
  for (let span = spans.newest; span !== 0; span = spans.next(span)) rebuildSpan(memory.i32, spans, span, index, coalesce, stock);
  return stock;
}

function rebuildSpan(i32: Int32Array, spans: SpanList, span: number, index: FreeIndex, coalesce: TagRules["coalesce"], stock: Stock): void {
  if (coalesce === "both") mergeIn(i32, spans, span);
  let live = 0;
  const end = nextTagWord(span + FIRST_BLOCK, spans.bytesOf(span) - SPAN_OVERHEAD);
  spans.blocks(span, (block, tag) => {
    const bytes = bytesIn(tag);
    stock.blocks++;
    stock.blockBytes += bytes;
    if ((tag & IN_USE) !== 0) {
      live++;
      announceInUse(i32, block, bytes);
      return;
    }
    announceFree(i32, block, bytes);
    stock.freeBytes += bytes;
    index.insert(block, bytes, "freed");
  });
  i32[end] = IN_USE | (i32[end] & PREVIOUS_IN_USE);
  i32[(span >>> 2) + SPAN.live] = live;
  stock.spans++;
  if (live === 0) stock.emptyBytes += spans.bytesOf(span);
}

function mergeIn(i32: Int32Array, spans: SpanList, span: number): void {
  let first = 0;
  spans.blocks(span, (block, tag) => {
    if ((tag & IN_USE) !== 0) {
      first = 0;
    } else if (first === 0) {
      first = block;
    } else {
      setTag(i32, first, tagOf(i32, first) + bytesOf(i32, block));
    }
  });
}

/** Every byte of a span: its table, its tags and guards, its blocks, and what an arena that is no multiple of a page leaves over. */
export function reportSpan(spans: SpanList, span: number, overhead: number, visit: Visit): void {
  const bytes = spans.bytesOf(span);
  const waste = spans.held(bytes) - bytes;
  visit({ address: span, bytes: FIRST_BLOCK - TAG_BYTES, state: "metadata", layer: LAYER, block: 0 });
  spans.blocks(span, (block, tag) => {
    const live = (tag & IN_USE) !== 0;
    visit({ address: block - TAG_BYTES, bytes: TAG_BYTES, state: "metadata", layer: LAYER, block: 0 });
    const bytes = bytesIn(tag) - (live ? overhead : TAG_BYTES);
    visit({ address: block, bytes, state: live ? "live" : "free", layer: LAYER, block: live ? block : 0 });
    if (live && overhead > TAG_BYTES) visit({ address: block + bytes, bytes: overhead - TAG_BYTES, state: "metadata", layer: LAYER, block: 0 });
  });
  visit({ address: span + bytes - TAG_BYTES, bytes: TAG_BYTES, state: "metadata", layer: LAYER, block: 0 });
  if (waste > 0) visit({ address: span + bytes, bytes: waste, state: "waste", layer: LAYER, block: 0 });
}
