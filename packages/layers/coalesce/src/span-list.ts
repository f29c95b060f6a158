/**
 * The spans of one coalescing heap, newest first. Each begins with a {@link SPAN} table, goes on with blocks from tag to
 * tag, and ends with a tag of length 0 that is in use, so that nothing merges beyond the end. The tag of the first block
 * says that its predecessor is in use, for the same reason.
 *
 * The list is the truth and the page map follows it: a span is linked before its pages are noted, and unlinked before
 * they are released. So after the death of a thread {@link SpanList.repair} can tell half-done from done.
 */
import {
  HeapCorruptionError, i32, PAGE_BYTES, struct,
  type MappedSpans, type Memory, type Root,
} from "@heapwright/core";
import { bytesIn, bytesOf, IN_USE, nextTagWord, PREVIOUS_IN_USE, setTag, TAG_BYTES, tagOf } from "./block-tags.js";

export const SPAN = struct("CoalescingSpan", {
  /** bytes that blocks are cut from, this table and the end tag included; written once, before linking */
  length: i32(),
  /** blocks in use; under the heap's lock, as all below */
  live: i32(),
  /** the next older span, or 0 */
  next: i32(),
  /** the next younger span, or 0 */
  previous: i32(),
  /** first free block of this span, for policies that keep one list per span */
  freeList: i32(),
}, { bytes: 20 });

export const SPANS = struct("CoalescingSpans", {
  /** address of the youngest span, or 0; under the heap's lock */
  newest: i32(),
  /** highest address that any span has had; what a thread's views must reach */
  lastByte: i32(),
  /** the span whose end is being moved, or 0; found after a death, it may have two end tags */
  moving: i32(),
});

/** Distance of the first block from its span; its tag is the word before. */
export const FIRST_BLOCK = 32;
/** What a span spends on itself: 28 bytes before its first tag, and the end tag. */
export const SPAN_OVERHEAD = 32;

const LAYER = "coalescing span";

export class SpanList {
  private readonly memory: Memory;
  private readonly w: number;

  /** @param pageNote what its pages are noted with; no other list's */
  constructor(
    private readonly root: Root,
    private readonly source: MappedSpans,
    private readonly pageNote: number,
  ) {
    this.memory = root.memory;
    this.w = root.claimStruct(SPANS) >>> 2;
  }

  /** Whether this thread's views cover every span. */
  get inView(): boolean {
    return this.memory.i32[this.w + SPANS.lastByte] >>> 0 < this.memory.end;
  }

  /** Lengthens this thread's views so that they cover every span. */
  reach(): void {
    this.memory.reach(this.memory.i32[this.w + SPANS.lastByte] >>> 0);
  }

  get newest(): number {
    return this.memory.i32[this.w + SPANS.newest] >>> 0;
  }

  /** Where the youngest span ends; there must be one. */
  newestEnd(): number {
    const { i32 } = this.memory;
    const span = i32[this.w + SPANS.newest] >>> 0;
    return span + (i32[(span >>> 2) + SPAN.length] >>> 0);
  }

  next(span: number): number {
    return this.memory.i32[(span >>> 2) + SPAN.next] >>> 0;
  }

  bytesOf(span: number): number {
    return this.memory.i32[(span >>> 2) + SPAN.length] >>> 0;
  }

  owns(address: number): boolean {
    return this.source.map.noteAt(address) === this.pageNote;
  }

  /** The span that owns the page of `address`, or 0. */
  at(address: number): number {
    return this.owns(address) ? this.of(address) : 0;
  }

  /** The span of a block that is known to be one of ours. */
  of(block: number): number {
    return this.memory.i32[this.source.map.detailWord(block)] >>> 0;
  }

  /** The span that a page of ours is said to be part of. Any thread, at any time. */
  seemsOf(page: number): number {
    return this.memory.racyLoad(this.source.map.detailWord(page)) >>> 0;
  }

  /**
   * Length of the span at an address, any that is a multiple of a page, if as many pages as that takes are noted as its own;
   * otherwise 0. Any thread, at any time.
   */
  confirmedBytes(span: number): number {
    if (span % PAGE_BYTES !== 0) return 0;
    const bytes = this.memory.racyLoad((span >>> 2) + SPAN.length) >>> 0;
    const end = span + this.held(bytes);
    for (let page = span; page < end; page += PAGE_BYTES) if (!this.owns(page) || this.seemsOf(page) !== span) return 0;
    return bytes;
  }

  /** Pages that a span of `bytes` takes, in bytes. */
  held(bytes: number): number {
    return Math.ceil(bytes / this.source.granule) * this.source.granule;
  }

  /**
   * Acquires a span and makes one free block of it, announced to nobody yet.
   * @returns the span, or 0
   */
  acquire(bytes: number): number {
    const span = this.source.acquire(this.held(bytes), PAGE_BYTES);
    if (span === 0) return 0;
    this.memory.reach(span + bytes - 1);
    this.format(span, bytes);
    this.link(span, bytes);
    return span;
  }

  private format(span: number, bytes: number): void {
    const { i32 } = this.memory;
    const w = span >>> 2;
    const first = span + FIRST_BLOCK;
    const blockBytes = bytes - SPAN_OVERHEAD;
    i32[w + SPAN.length] = bytes;
    i32[w + SPAN.live] = 0;
    i32[w + SPAN.freeList] = 0;
    setTag(i32, first, blockBytes | PREVIOUS_IN_USE);
    i32[nextTagWord(first, blockBytes) - 1] = blockBytes;
    i32[nextTagWord(first, blockBytes)] = IN_USE;
  }

  private link(span: number, bytes: number): void {
    const { i32 } = this.memory;
    const head = this.w + SPANS.newest;
    const older = i32[head] >>> 0;
    this.raiseLastByte(span + bytes - 1);
    i32[(span >>> 2) + SPAN.next] = older;
    i32[(span >>> 2) + SPAN.previous] = 0;
    i32[head] = span;
    if (older !== 0) i32[(older >>> 2) + SPAN.previous] = span;
    this.note(span, span);
  }

  private raiseLastByte(last: number): void {
    const w = this.w + SPANS.lastByte;
    if (last > this.memory.i32[w] >>> 0) this.memory.i32[w] = last;
  }

  /** Notes the pages of a span from the one at `start` on. */
  private note(span: number, start: number): void {
    const { map } = this.source;
    const end = span + this.held(this.bytesOf(span));
    for (let page = start; page < end; page += PAGE_BYTES) {
      this.memory.i32[map.detailWord(page)] = span;
      map.setNote(page, this.pageNote);
    }
  }

  /** Length of the free block at the end of a span, or 0. */
  freeAtEnd(span: number): number {
    const { i32 } = this.memory;
    const end = (span >>> 2) + (this.bytesOf(span) >>> 2) - 1;
    return (i32[end] & PREVIOUS_IN_USE) === 0 ? i32[end - 1] >>> 0 : 0;
  }

  /**
   * Takes in `more` bytes behind a span, which the page source has just added to it: they become a free block, announced
   * to nobody yet. Until the length is stored it is the page source that takes them back from the dead, and from then on
   * {@link repair} that completes the block.
   */
  lengthen(span: number, more: number): void {
    const bytes = this.bytesOf(span);
    this.memory.reach(span + bytes + more - 1);
    this.raiseLastByte(span + bytes + more - 1);
    const { i32 } = this.memory;
    const block = span + bytes;
    const end = nextTagWord(block, more);
    i32[this.w + SPANS.moving] = span;
    i32[end - 1] = more;
    i32[end] = IN_USE;
    i32[(span >>> 2) + SPAN.length] = bytes + more;
    setTag(i32, block, more | (tagOf(i32, block) & PREVIOUS_IN_USE));
    this.note(span, block);
    i32[this.w + SPANS.moving] = 0;
  }

  /** Gives back the last `less` bytes of a span, whole pages, and cuts the free block at its end off there. */
  shorten(span: number, block: number, less: number): void {
    const { i32 } = this.memory;
    const bytes = this.bytesOf(span) - less;
    const left = span + bytes - block;
    i32[this.w + SPANS.moving] = span;
    i32[nextTagWord(block, left)] = IN_USE;
    setTag(i32, block, left | (tagOf(i32, block) & PREVIOUS_IN_USE));
    i32[(span >>> 2) + SPAN.length] = bytes;
    i32[nextTagWord(block, left) - 1] = left;
    this.source.release(span + bytes, less);
    i32[this.w + SPANS.moving] = 0;
  }

  release(span: number): void {
    const { i32 } = this.memory;
    const next = this.next(span);
    const previous = i32[(span >>> 2) + SPAN.previous] >>> 0;
    i32[previous === 0 ? this.w + SPANS.newest : (previous >>> 2) + SPAN.next] = next;
    if (next !== 0) i32[(next >>> 2) + SPAN.previous] = previous;
    this.source.release(span, this.held(this.bytesOf(span)));
  }

  /**
   * After a thread has died while changing the list: whatever can be reached from the newest span is a span, with its
   * pages noted; what else is noted as ours was on its way out, and is left to the page source, which takes it back with
   * what else the dead had in hand.
   * @param slot of the thread that has died; -1 when that is not known, and then the page source reports such pages as lost
   */
  repair(slot: number): void {
    const { i32 } = this.memory;
    const { map } = this.source;
    const linked = new Set<number>();
    let younger = 0;
    for (let span = this.newest; span !== 0; span = this.next(span)) {
      if (linked.has(span)) throw new HeapCorruptionError(span, LAYER, "the list of spans runs in a circle");
      linked.add(span);
      i32[(span >>> 2) + SPAN.previous] = younger;
      this.note(span, span);
      younger = span;
    }
    if (linked.has(i32[this.w + SPANS.moving] >>> 0)) this.completeEnd(i32[this.w + SPANS.moving] >>> 0);
    i32[this.w + SPANS.moving] = 0;
    this.pages((page) => {
      const span = this.of(page);
      if (linked.has(span) && page < span + this.held(this.bytesOf(span))) return;
      if (slot < 0) map.setNote(page, 0);
      else map.leaveTo(page, slot);
    });
  }

  /** Makes a free block of what lies between two end tags. */
  private completeEnd(span: number): void {
    const { i32 } = this.memory;
    const end = span + this.bytesOf(span);
    let block = span + FIRST_BLOCK;
    while (block < end && bytesOf(i32, block) !== 0) block += bytesOf(i32, block);
    if (block < end) setTag(i32, block, (end - block) | (tagOf(i32, block) & PREVIOUS_IN_USE));
  }

  /** Visits every page that is noted as ours, as far as this thread's views go. */
  pages(visit: (page: number) => void): void {
    const start = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES;
    for (let page = start; page < this.memory.end; page += PAGE_BYTES) {
      if (this.owns(page)) visit(page);
    }
  }

  /** Visits every block of a span, with its tag. @throws HeapCorruptionError where tags do not lead to the span's end */
  blocks(span: number, visit: (block: number, tag: number) => void): void {
    const end = span + this.bytesOf(span);
    let block = span + FIRST_BLOCK;
    while (block < end) {
      const tag = this.memory.i32[(block >>> 2) - 1];
      const bytes = bytesIn(tag);
      if (bytes === 0 || block + bytes > end || (tag & 12) !== 0) {
        throw new HeapCorruptionError(block - TAG_BYTES, LAYER, `a tag 0x${(tag >>> 0).toString(16)}, ${end - block} bytes before the end of its span`);
      }
      visit(block, tag);
      block += bytes;
    }
  }

  /** The list holds together in both directions, and the page map agrees with it. */
  check(): void {
    const { i32 } = this.memory;
    const linked = new Set<number>();
    let younger = 0;
    for (let span = this.newest; span !== 0; span = this.next(span)) {
      if (linked.has(span)) throw new HeapCorruptionError(span, LAYER, "the list of spans runs in a circle");
      if (i32[(span >>> 2) + SPAN.previous] >>> 0 !== younger) throw new HeapCorruptionError(span, LAYER, "the list of spans does not lead back");
      linked.add(span);
      younger = span;
    }
    this.pages((page) => {
      const span = this.of(page);
      if (!linked.has(span)) throw new HeapCorruptionError(page, LAYER, `its page is noted as part of ${span}, which is no span`);
      if (page < span || page >= span + this.held(this.bytesOf(span))) throw new HeapCorruptionError(page, LAYER, "its page lies outside of its span");
    });
    for (let span = this.newest; span !== 0; span = this.next(span)) {
      const end = span + this.held(this.bytesOf(span));
      for (let page = span; page < end; page += PAGE_BYTES) {
        if (this.at(page) !== span) throw new HeapCorruptionError(page, LAYER, `a page of the span at ${span} is not noted so`);
      }
    }
  }
}
