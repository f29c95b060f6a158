/**
 * Keeps blocks for the thread that freed them, in front of layers that threads share: a bounded list per class, in words
 * of the heap that nobody else touches. A hit is a class from a table and a pop; a free is a class from the page map and a
 * push; neither executes an atomic. Blocks come from the layer below and go back to it in batches of half a list.
 *
 * To the layer below, a block that is kept is live. So `walk` lets that layer report, and calls what is on one of our lists
 * `cached`.
 *
 * A thread may die between any two of its stores: the word that holds the first block of a list is what pushes and pops,
 * links and marks are written before it, counts after it. While a batch comes in, its blocks stand in the batch's words
 * until they are on a list. Only while a batch goes out it is uncertain which of its blocks have arrived: those
 * stay live for ever.
 */
import {
  HeapCorruptionError, InvalidAddressError, weakest,
  type Allocator, type Classes, type Extent, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type ThreadRegistry, type Trims, type Visit,
} from "@heapwright/core";
import { PRIVATE_LIST } from "@heapwright/freelist";
import { CACHE_ROW, CACHED_BLOCK, CacheShape, MARK, type CacheOptions } from "./cache-layout.js";
import { CachedBlocks } from "./cached-blocks.js";
import { SlotRows } from "./slot-rows.js";

const FIRST = PRIVATE_LIST.first;
const COUNT = PRIVATE_LIST.count;
const LIST_WORDS = PRIVATE_LIST.bytes >>> 2;
const NEXT = CACHED_BLOCK.next;
const MARKED = CACHED_BLOCK.mark;
const BLOCK_MARK = MARK;

export class ThreadCache implements Allocator, Trims {
  readonly progress: Progress;
  private readonly memory: Memory;
  private readonly shape: CacheShape;
  private readonly maximum: number;
  private readonly roundUp: number;
  private readonly shift: number;
  private readonly classes: Uint16Array;
  private readonly limits: Int32Array;
  private readonly rows: SlotRows;
  private readonly cached: CachedBlocks;
  private readonly slot: number;
  private readonly threads: ThreadRegistry;
  /** Word of the list of class 0 in this thread's row; 0 as long as there is no row. */
  private lists = 0;
  /** Address of this thread's row. */
  private row = 0;

  /**
   * @param spans where rows come from
   * @param inner whose blocks are kept; its `classAt` is asked at every free
   * @throws RangeError for options out of range, or blocks of less than 8 bytes
   */
  constructor(
    root: Root,
    spans: MappedSpans,
    private readonly inner: Allocator & Classes,
    options: CacheOptions = {},
  ) {
    this.memory = root.memory;
    this.slot = root.threads.slot;
    this.threads = root.threads;
    this.shape = new CacheShape(inner, options);
    this.maximum = this.shape.maximum;
    this.roundUp = this.shape.roundUp;
    this.shift = this.shape.shift;
    this.classes = this.shape.classes;
    this.limits = this.shape.limits;
    this.rows = new SlotRows(root, spans, this.shape.rowBytes);
    this.cached = new CachedBlocks(root.memory, this.rows, this.shape, inner);
    this.progress = weakest(inner.progress, spans.progress);
  }

  /** The most that one thread keeps, in bytes: what this layer adds to the blowup of the one below, times threads. */
  get maximumBytesPerThread(): number {
    return this.shape.maximumKept;
  }

  /** Without an atomic when a block of the class is kept. */
  allocate(bytes: number): number {
    if (bytes > this.maximum) return this.inner.allocate(bytes) || (this.giveUp() ? this.inner.allocate(bytes) : 0);
    const c = this.classes[(bytes + this.roundUp) >>> this.shift];
    if (this.lists === 0) return this.refill(c);
    const { i32 } = this.memory;
    const w = this.lists + c * LIST_WORDS;
    const block = i32[w + FIRST];
    if (block === 0) return this.refill(c);
    const b = block >>> 2;
    i32[w + FIRST] = i32[b + NEXT];
    i32[w + COUNT]--;
    i32[b + MARKED] = 0;
    return block >>> 0;
  }

  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= 16) return this.allocate(bytes);
    return this.inner.allocateAligned(alignment, bytes) || (this.giveUp() ? this.inner.allocateAligned(alignment, bytes) : 0);
  }

  /** What this thread keeps may be all that is left. @returns whether it kept anything */
  private giveUp(): boolean {
    const kept = this.lists !== 0 && this.limits.some((_, c) => this.keptOf(c) > 0);
    if (kept) this.flushAll();
    return kept;
  }

  /** Without an atomic, as long as the class has room. What is not the start of a block of a class is for the layer below. */
  free(address: number): void {
    const c = this.inner.classAt(address);
    if (c < 0 || (this.lists === 0 && !this.join())) return this.inner.free(address);
    if (address >= this.memory.end) this.memory.reach(address);
    const { i32 } = this.memory;
    const b = address >>> 2;
    if (i32[b + MARKED] === (address ^ BLOCK_MARK)) this.refuseKept(c, address);
    const w = this.lists + c * LIST_WORDS;
    i32[b + MARKED] = address ^ BLOCK_MARK;
    i32[b + NEXT] = i32[w + FIRST];
    i32[w + FIRST] = address;
    if (++i32[w + COUNT] > this.limits[c]) this.flush(c, this.shape.batches[c]);
  }

  owns(address: number): boolean {
    return this.inner.owns(address);
  }

  usableSize(address: number): number {
    this.refuseMarked(address);
    return this.inner.usableSize(address);
  }

  resize(address: number, bytes: number): boolean {
    this.refuseMarked(address);
    return this.inner.resize(address, bytes);
  }

  /** What is kept has been used. */
  isZero(): boolean {
    return false;
  }

  private refuseMarked(address: number): void {
    const c = this.inner.classAt(address);
    if (c >= 0 && this.memory.racyLoad((address >>> 2) + MARKED) === (address ^ BLOCK_MARK)) this.refuseKept(c, address);
  }

  /** A mark may be what the user happened to write; on a list is only what was freed. */
  private refuseKept(c: number, address: number): void {
    if (this.cached.has(c, address)) throw new InvalidAddressError(address, "the block there is free already");
  }

  /** Makes this thread's row known to it. @returns false when there is no memory for one */
  private join(): boolean {
    this.row = this.rows.make(this.slot);
    if (this.row !== 0) this.lists = (this.row + this.shape.listOffset(0)) >>> 2;
    return this.row !== 0;
  }

  /** Fetches a batch of class `c`: the first block for the caller, the others for the list. */
  private refill(c: number): number {
    let taken = 0;
    if (this.lists === 0) {
      // what is asked for comes first: the page with our row may be the last one
      const block = this.inner.allocate(this.shape.blockBytes[c]);
      if (block === 0 || !this.join()) return block;
      this.memory.i32[(this.row + this.shape.batchOffset) >>> 2] = block;
      taken = 1;
    }
    const batch = this.row + this.shape.batchOffset;
    taken += this.shape.blocks[c].take(batch + 4 * taken, this.shape.batches[c] - taken);
    if (taken === 0) {
      // what we keep of other classes may be all that is left, and serve a smaller request
      this.flushAll();
      taken = this.shape.blocks[c].take(batch, 1);
      if (taken === 0) return this.inner.allocate(this.shape.blockBytes[c]);
    }
    const { memory } = this;
    const w = this.lists + c * LIST_WORDS;
    for (let i = taken - 1; i > 0; i--) {
      const block = memory.i32[(batch >>> 2) + i] >>> 0;
      if (block >= memory.end) memory.reach(block);
      const { i32 } = memory;
      i32[(block >>> 2) + MARKED] = block ^ BLOCK_MARK;
      i32[(block >>> 2) + NEXT] = i32[w + FIRST];
      i32[w + FIRST] = block;
      i32[w + COUNT]++;
      i32[(batch >>> 2) + i] = 0;
    }
    const first = memory.i32[batch >>> 2] >>> 0;
    memory.i32[batch >>> 2] = 0;
    return first;
  }

  /**
   * Gives back `count` blocks of class `c`, those that have been kept longest: the others are still warm, and what stays
   * for ever keeps the memory around it from being used for anything else.
   */
  private flush(c: number, count: number): void {
    const { i32 } = this.memory;
    const w = this.lists + c * LIST_WORDS;
    const batch = (this.row + this.shape.batchOffset) >>> 2;
    let before = w + FIRST;
    for (let keep = i32[w + COUNT] - count; keep > 0; keep--) before = (i32[before] >>> 2) + NEXT;
    for (let i = 0, block = i32[before]; i < count; i++, block = i32[(block >>> 2) + NEXT]) i32[batch + i] = block;
    i32[before] = 0;
    i32[w + COUNT] -= count;
    for (let i = 0; i < count; i++) i32[(i32[batch + i] >>> 2) + MARKED] = 0;
    this.give(c, this.row, count);
  }

  /** Gives back the first `count` blocks of the batch in `row`, which belongs to this thread, or to a dead one. */
  private give(c: number, row: number, count: number): void {
    const { memory } = this;
    const batch = row + this.shape.batchOffset;
    memory.i32[(row >>> 2) + CACHE_ROW.giving] = count;
    try {
      this.shape.blocks[c].give(batch, count);
    } finally {
      memory.i32.fill(0, batch >>> 2, (batch >>> 2) + count);
      memory.i32[(row >>> 2) + CACHE_ROW.giving] = 0;
    }
  }

  private flushAll(): void {
    if (this.lists === 0) return;
    for (let c = 0; c < this.limits.length; c++) {
      for (let kept = this.keptOf(c); kept > 0; kept = this.keptOf(c)) this.flush(c, Math.min(kept, this.shape.batches[c]));
    }
  }

  private keptOf(c: number): number {
    return this.memory.i32[this.lists + c * LIST_WORDS + COUNT];
  }

  /** Gives back all that this thread keeps; what the layer below keeps is its own to trim. */
  trim(): void {
    this.flushAll();
  }

  leave(): void {
    this.flushAll();
    this.inner.leave();
  }

  /** Gives back what a dead thread kept, except for a batch that it was giving back itself; those blocks stay live. */
  reclaim(threadId: number, slot: number): void {
    const row = this.rows.at(slot);
    if (row !== 0) {
      this.memory.reach(Number.MAX_SAFE_INTEGER);
      this.empty(row);
    }
    this.inner.reclaim(threadId, slot);
  }

  /**
   * Who dies here leaves to the next what has not been given yet: a block stands in the batch before its list lets go of it, and
   * a block in both is one block. What only the batch has goes first, since the batch is needed for the others.
   */
  private empty(row: number): void {
    const kept = this.cached.keptIn(row);
    kept.forEach(({ loose, listed }, c) => loose.length > 0 && this.giveFrom(row, c, loose, listed[0]));
    kept.forEach(({ listed }, c) => {
      const size = this.shape.batches[c];
      for (let from = 0; from < listed.length; from += size) this.giveFrom(row, c, listed.slice(from, from + size), listed[from + size]);
    });
    this.memory.i32.fill(0, row >>> 2, (row + this.shape.rowBytes) >>> 2);
  }

  /** @param next the first block that the list of class `c` still has then */
  private giveFrom(row: number, c: number, blocks: readonly number[], next = 0): void {
    const { i32 } = this.memory;
    const batch = (row + this.shape.batchOffset) >>> 2;
    i32.set(blocks, batch);
    i32.fill(0, batch + blocks.length, batch + this.shape.batchWords);
    i32[(row + this.shape.listOffset(c)) >>> 2] = next;
    for (const block of blocks) i32[(block >>> 2) + MARKED] = 0;
    this.give(c, row, blocks.length);
  }

  metadataBytes(): number {
    return this.inner.metadataBytes() + this.rows.bytes();
  }

  walk(visit: Visit): void {
    const kept = this.cached.all();
    this.rows.walk(visit);
    this.inner.walk((region) => {
      if (region.state !== "live" || !kept.has(region.block)) return visit(region);
      visit({ ...region, state: "cached", layer: "thread-cache", block: 0 });
    });
  }

  inspect(to: Inspector): number {
    const layers = new Map<number, string>();
    const extent = (found: Extent): void => {
      layers.set(found.blockBytes, found.layer);
      to.extent(found);
    };
    const largest = this.inner.inspect({ extent, cached: (blocks) => to.cached(blocks) });
    this.rows.inspect(to);
    this.cached.inspect(this.threads, layers, to);
    // what this thread keeps serves it even when there is nothing left below
    return this.shape.blockBytes.reduce((most, bytes, c) => (bytes > most && this.lists !== 0 && this.keptOf(c) > 0 ? bytes : most), largest);
  }

  check(): void {
    const kept = this.cached.all();
    this.cached.check();
    this.inner.walk(({ block, state }) => {
      if (state === "live") kept.delete(block);
    });
    for (const block of kept) throw new HeapCorruptionError(block, "thread-cache", "a block is kept that is not in use below");
    this.inner.check();
  }
}
