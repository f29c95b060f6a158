/**
 * A heap of blocks of any size that merges free neighbours at once (Lea's malloc; FreeRTOS heap_4; and with merging
 * turned off, heap_2). {@link TAG}s find the neighbours, a {@link FreeIndex} chooses among the free blocks, and spans
 * come from a page source on demand and go back when nothing in them is in use.
 *
 * For one thread at a time: a lock around it makes it safe for many, and orders the plain accesses of which it
 * consists. A thread may die inside of an operation all the same. So every operation is marked in `busy`
 * while it lasts, changes that matter are made by one store of a tag each, and whoever comes next and finds the mark
 * derives all else from the tags.
 */
import {
  HeapCorruptionError, InvalidAddressError, pageNote,
  type Allocator, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Trims, type Visit,
} from "@heapwright/core";
import { whyNotInUse } from "./address-check.js";
import { LARGEST_SPAN, type Arena } from "./arena.js";
import { BlockCutter } from "./block-cutter.js";
import { BlockJoiner } from "./block-joiner.js";
import { announceFree, bytesOf, GUARD_BYTES, guardOf, IN_USE, setTag, TAG_BYTES, tagOf, UNIT } from "./block-tags.js";
import { inspectSpans } from "./coalescing-extents.js";
import { checkOptions, type CheckedOptions, type CoalesceOptions } from "./coalesce-options.js";
import type { FreeIndex } from "./free-index.js";
import { HeapSums, HEAP } from "./heap-sums.js";
import { SeparateSpans } from "./separate-spans.js";
import { SPAN, SPAN_OVERHEAD, SpanList } from "./span-list.js";
import { audit, rebuild, reportSpan } from "./stocktaking.js";
import { canExtend, Wilderness } from "./wilderness.js";

/** What is free in a coalescing heap. Sizes are of whole blocks: 4 more than a request that takes all of it. */
export interface FreeBlocks {
  readonly count: number;
  /** 0 when there is none. */
  readonly smallestBytes: number;
  readonly largestBytes: number;
}

const LAYER = "coalescing heap";
/** In place of the slot of a thread that has died in here, when the next operation finds that out. */
const UNKNOWN = -1;
/** A block of this size is larger than any span can be. */
const TOO_LARGE = 2 ** 32;
/** Enough of a block to be noticed, and not so much that to free gigabytes were to write gigabytes. */
const LONGEST_POISON = 65536;

export class CoalescingHeap implements Allocator, Trims {
  readonly progress: Progress = "single-threaded";
  private readonly memory: Memory;
  private readonly options: CheckedOptions;
  private readonly sums: HeapSums;
  private readonly spans: SpanList;
  private readonly index: FreeIndex;
  private readonly minimumBlock: number;
  private readonly minimumRest: number;
  private readonly cutter: BlockCutter;
  private readonly joiner: BlockJoiner;
  private readonly arena: Arena;
  private readonly guard: number;
  /** What a block in use spends: its tag, and its guard if there is one. */
  private readonly overhead: number;

  /** @throws RangeError for options out of range */
  constructor(root: Root, source: MappedSpans, options: CoalesceOptions) {
    this.memory = root.memory;
    this.options = checkOptions(options);
    this.sums = new HeapSums(root);
    this.spans = new SpanList(root, source, this.options.pageNote || pageNote(source.map.newOwner(), 0));
    this.index = new options.fit(root, this.spans);
    this.minimumBlock = Math.max(this.options.minimumBlockBytes, this.index.minimumBytes);
    this.minimumRest = Math.max(this.options.minimumRestBytes, this.minimumBlock);
    this.guard = this.options.guard;
    this.overhead = this.guard === 0 ? TAG_BYTES : TAG_BYTES + GUARD_BYTES;
    this.cutter = new BlockCutter(this.memory, this.sums, this.spans, this.index, this.minimumRest, this.guard);
    this.joiner = new BlockJoiner(this.memory, this.sums, this.index, this.guard);
    this.arena = this.arenaOver(root, source);
  }

  private arenaOver(root: Root, source: MappedSpans): Arena {
    const { sums, spans, index, options } = this;
    if (options.arena !== "contiguous") return new SeparateSpans(root, sums, spans, index, source, options);
    if (!canExtend(source)) throw new RangeError("arena can only be contiguous over a page source that can extend spans");
    return new Wilderness(root, sums, spans, index, source, options);
  }

  /** O(the index's take). The block's tag precedes it; what it serves is a multiple of 16, less 4, or 8 with a guard. */
  allocate(bytes: number): number {
    const wanted = this.blockFor(bytes);
    if (wanted === TOO_LARGE) return 0;
    this.begin();
    const block = this.take(wanted);
    const served = block === 0 ? 0 : this.cut(block, wanted);
    this.sums.end();
    return served;
  }

  /** As {@link allocate}, but asks the page source for nothing. */
  allocateHeld(bytes: number): number {
    const wanted = this.blockFor(bytes);
    if (wanted === TOO_LARGE) return 0;
    this.begin();
    const block = this.takeHeld(wanted);
    const served = block === 0 ? 0 : this.cut(block, wanted);
    this.sums.end();
    return served;
  }

  /** What a free list leads to is free, unless a program has written into a block that it has freed. @throws HeapCorruptionError */
  private takeHeld(wanted: number): number {
    const block = this.index.take(wanted);
    if (block !== 0 && (tagOf(this.memory.i32, block) & IN_USE) !== 0) throw new HeapCorruptionError(block, LAYER, "a block in use is on a free list");
    return block;
  }

  /** Takes a block with room for the worst case and frees what lies before and behind the aligned part. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= UNIT) return this.allocate(bytes);
    const wanted = this.blockFor(bytes);
    const room = wanted + alignment + this.minimumRest;
    if (room >= LARGEST_SPAN) return 0;
    this.begin();
    const block = this.take(room);
    const served = block === 0 ? 0 : this.cutter.front(this.cutter.leader(block, alignment), wanted);
    this.sums.end();
    return served;
  }

  free(address: number): void {
    this.settle();
    const span = this.spanOf(address);
    this.sums.begin();
    this.release(span, address);
    this.sums.end();
  }

  owns(address: number): boolean {
    return this.spans.owns(address);
  }

  usableSize(address: number): number {
    this.settle();
    this.spanOf(address);
    return bytesOf(this.memory.i32, address) - this.overhead;
  }

  /**
   * Shrinks by freeing the tail, grows into the next block if that is free. Without coalescing blocks stay whole: what is
   * cut off would be lost to larger requests for ever.
   */
  resize(address: number, bytes: number): boolean {
    this.settle();
    const span = this.spanOf(address);
    const wanted = this.blockFor(bytes);
    const have = bytesOf(this.memory.i32, address);
    if (this.options.coalesce === "none") return wanted <= have && have - wanted < this.minimumRest;
    if (wanted > have && !this.joiner.absorbsNext(address, wanted - have)) return false;
    this.sums.begin();
    if (wanted > have) this.joiner.absorbNext(address);
    const tail = this.cutter.tail(span, address, wanted);
    if (tail !== 0) this.release(span, tail);
    this.sums.end();
    return true;
  }

  /** Links and footers of free blocks make all memory dirty. */
  isZero(): boolean {
    return false;
  }

  /** Sum of the sizes of all free blocks, tags included. */
  freeBytes(): number {
    return this.sums.freeBytes;
  }

  /** Sum of the sizes of all blocks in use, tags included. */
  usedBytes(): number {
    return this.sums.blockBytes - this.sums.freeBytes;
  }

  /** The most that {@link usedBytes} has been. */
  peakUsedBytes(): number {
    return this.sums.peakUsedBytes;
  }

  /** Counts the free blocks, in time proportional to their number. */
  freeBlocks(): FreeBlocks {
    this.settle();
    const found = { count: 0, smallestBytes: 0, largestBytes: 0 };
    this.index.walk((block) => {
      const bytes = bytesOf(this.memory.i32, block);
      if (found.count++ === 0 || bytes < found.smallestBytes) found.smallestBytes = bytes;
      if (bytes > found.largestBytes) found.largestBytes = bytes;
    });
    return found;
  }

  /** Acquires the arena, if that is fixed, ahead of the first request. @returns false when there is no memory for it */
  reserve(): boolean {
    if (this.options.arena !== "fixed") return true;
    this.begin();
    const reserved = this.spans.newest !== 0 || this.arena.grow(this.options.spanBytes - SPAN_OVERHEAD);
    this.sums.end();
    return reserved;
  }

  metadataBytes(): number {
    return this.sums.spans * SPAN_OVERHEAD + this.sums.blocks * this.overhead;
  }

  /** Bytes of all spans. */
  footprint(): number {
    return this.arena.footprint();
  }

  /** The most that {@link footprint} has been. */
  peakFootprint(): number {
    return this.arena.peakFootprint();
  }

  /** What {@link footprint} may not exceed; 0: no limit. */
  footprintLimit(): number {
    return this.arena.limit();
  }

  /** @param bytes rounded up to pages; 0: no limit. What is held already stays. */
  setFootprintLimit(bytes: number): void {
    this.arena.setLimit(bytes);
  }

  /** Gives back what is kept although nothing in it is in use, whole spans or the ends of contiguous ones; a fixed arena stays. */
  trim(): void {
    this.begin();
    this.arena.trim();
    this.sums.end();
  }

  /**
   * Puts right what a dead thread left half-done, before the page source takes back what that one had in hand. It need not be
   * the one that is being reclaimed: that may have died when it was about to put this right itself.
   */
  reclaim(_threadId: number, _slot: number): void {
    this.putInOrder(this.sums.insider);
  }

  leave(): void {
    // a thread holds nothing between two calls
  }

  /** Bytes of the block that serves a request, tag included. */
  private blockFor(bytes: number): number {
    if (bytes > LARGEST_SPAN - SPAN_OVERHEAD - UNIT) return TOO_LARGE;
    const wanted = ((bytes + this.overhead + UNIT - 1) & -UNIT) >>> 0;
    return wanted < this.minimumBlock ? this.minimumBlock : wanted;
  }

  /** Brings every span into view, and the heap into order if somebody died in it. */
  private settle(): void {
    if (!this.spans.inView || this.sums.busy) this.putInOrder(UNKNOWN);
  }

  /** @param slot of the thread that died in here, if one did */
  private putInOrder(slot: number): void {
    this.spans.reach();
    if (!this.sums.busy) return;
    this.sums.replace(rebuild(this.memory, this.spans, this.index, this.options, slot));
    this.sums.end();
  }

  private begin(): void {
    this.settle();
    this.sums.begin();
  }

  private cut(block: number, wanted: number): number {
    return this.options.serveFrom === "front" ? this.cutter.front(block, wanted) : this.cutter.back(block, wanted);
  }

  /** @returns the span of the block in use at `address`. @throws InvalidAddressError */
  private spanOf(address: number): number {
    const span = this.spans.at(address);
    if (span === 0) throw new InvalidAddressError(address, "its page holds no blocks");
    const reason = whyNotInUse(this.memory.i32, span, this.spans.bytesOf(span), address);
    if (reason !== "") throw new InvalidAddressError(address, reason);
    if (this.guard !== 0 && guardOf(this.memory.i32, address, bytesOf(this.memory.i32, address)) !== this.guard) {
      throw new HeapCorruptionError(address, LAYER, "the word behind the block there was overwritten, or the block is another heap's");
    }
    return span;
  }

  /** A free block of at least `wanted` bytes, taken out of the index and still tagged free; 0 when there is none. */
  private take(wanted: number): number {
    const block = this.takeHeld(wanted);
    if (block !== 0) return block;
    return this.arena.grow(wanted) ? this.takeHeld(wanted) : 0;
  }

  /** Frees a block in use: merges and files it, and gives its span back if that was the last one in it. */
  private release(span: number, block: number): void {
    const { i32 } = this.memory;
    const bytes = bytesOf(i32, block);
    const { poison } = this.options;
    // before the block is free: links and footer are written over it, and who dies here has only spoilt what is his
    if (poison !== "none") this.memory.fill(block, Math.min(bytes - TAG_BYTES, LONGEST_POISON), poison);
    setTag(i32, block, tagOf(i32, block) & ~IN_USE);
    this.sums.add(HEAP.freeBytes, bytes);
    let merged = bytes;
    if (this.options.coalesce === "both") {
      merged = this.joiner.merge(block, bytes);
    } else {
      announceFree(i32, block, bytes);
      this.index.insert(block, bytes, "freed");
    }
    if (--i32[(span >>> 2) + SPAN.live] === 0) this.arena.emptied(span);
    if (merged >= this.arena.noticedBytes) this.arena.freed(merged);
  }

  walk(visit: Visit): void {
    this.spans.reach();
    for (let span = this.spans.newest; span !== 0; span = this.spans.next(span)) reportSpan(this.spans, span, this.overhead, visit);
  }

  /** Takes no lock and is safe without one, also while another thread is inside. */
  inspect(to: Inspector): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    const slack = Math.max(UNIT - 1, this.minimumBlock - this.overhead) + this.minimumRest - UNIT;
    const servedByNewSpan = Math.min(this.arena.longestSpan(), LARGEST_SPAN - UNIT) - SPAN_OVERHEAD - this.overhead;
    return Math.max(0, inspectSpans(this.memory, this.spans, this.overhead, slack, to), servedByNewSpan);
  }

  /** Repairs nothing: what a dead thread left half-done is `reclaim`'s, or the next operation's. */
  check(): void {
    this.spans.reach();
    if (this.sums.busy) throw new HeapCorruptionError(this.spans.newest, LAYER, "an operation was not finished: its thread has died, or it threw; the next one repairs that");
    const stock = audit(this.memory, this.spans, this.index, this.options);
    for (const name of ["spans", "blocks", "freeBytes", "emptyBytes", "blockBytes"] as const) {
      if (this.sums[name] === stock[name]) continue;
      throw new HeapCorruptionError(this.spans.newest, LAYER, `${name} is ${this.sums[name]}, and ${stock[name]} when counted`);
    }
    if (this.usedBytes() > this.sums.peakUsedBytes) {
      throw new HeapCorruptionError(this.spans.newest, LAYER, `${this.usedBytes()} bytes are in use, though never more than ${this.sums.peakUsedBytes} were`);
    }
  }
}
