/**
 * Hoard (Berger, McKinley, Blumofe, Wilson, ASPLOS 2000): superblocks owned by per-processor heaps, and a global heap
 * that takes what a heap has too much of. A block goes back to the superblock it came from, whoever frees it; so
 * heaps neither share cache lines nor drain each other, and what they hold stays within a constant factor of what is
 * in use plus a constant number of superblocks a heap.
 *
 * Relies on a page map to know which addresses lie in superblocks: nothing in a block is trusted. Words and locks are
 * explained in `heap-pool.ts`, what is believed after a death in `repair.ts`.
 */
import {
  integerIn, InvalidAddressError, PAGE_BYTES, weakest,
  type Allocator, type Blocks, type Classes, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Trims, type Visit,
} from "@heapwright/core";
import type { SizeClasses } from "@heapwright/sizes";
import { BUSY, HeapPool, type HeapPoolOptions } from "./heap-pool.js";
import { checkOwned, walkOwned } from "./inspection.js";
import { OwnedBlocks } from "./owned-blocks.js";
import { inspectOwned } from "./owned-extents.js";
import type { OwnedHeap } from "./owned-heap.js";
import { SUPERBLOCK, SuperblockGeometry } from "./superblock-geometry.js";
import { NOT_LIVE, refusal, Superblocks } from "./superblocks.js";

/** The alignment that every block has. */
const NATURAL_ALIGNMENT = 16;
/** How often a thread goes through all heaps before it gives up; where it may wait, it does so in between. */
const SWEEPS = 64;

export interface OwnedSlabsOptions extends HeapPoolOptions {
  /** S: bytes of a superblock, a power of two from 4096 to 65536. */
  readonly superblockBytes: number;
  /** Classes of multiples of 16 bytes, up to `largestOwnedBlock(superblockBytes)`. */
  readonly sizes: SizeClasses;
}

/**
 * Every method may be called by any thread at any time but walk and check, and none waits without a bound: see
 * {@link HeapPool}.
 */
export class OwnedSlabs implements Allocator, Classes, Trims {
  readonly progress: Progress;
  readonly count: number;
  readonly pool: HeapPool;
  readonly superblocks: Superblocks;
  private readonly memory: Memory;
  private readonly sizes: SizeClasses;

  /** @throws RangeError for options out of range */
  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    options: OwnedSlabsOptions,
  ) {
    integerIn("processors", options.processors, 1, 1024);
    integerIn("groups", options.groups, 2, 16);
    integerIn("slackSuperblocks", options.slackSuperblocks, 1, 1024);
    this.progress = weakest("blocking", spans.progress);
    this.memory = root.memory;
    this.sizes = options.sizes;
    this.count = options.sizes.count;
    this.superblocks = new Superblocks(root.memory, new SuperblockGeometry(options.superblockBytes, options.sizes));
    this.pool = new HeapPool(root, spans, this.superblocks, options);
  }

  allocate(bytes: number): number {
    return bytes > this.sizes.maximum ? 0 : this.allocateIn(this.sizes.classOf(bytes), NATURAL_ALIGNMENT);
  }

  /** Takes a block with room to move the address up in, and notes in the superblock how far it was moved. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= NATURAL_ALIGNMENT) return this.allocate(bytes);
    // at least one byte, as the address must not be that of the next block
    const enough = Math.max(bytes, 1) + alignment - NATURAL_ALIGNMENT;
    return enough > this.sizes.maximum ? 0 : this.allocateIn(this.sizes.classOf(enough), alignment);
  }

  private allocateIn(c: number, alignment: number): number {
    const { home } = this.pool;
    const address = this.pool.enter(home) ? this.takeAndLeave(home, c, alignment) : BUSY;
    return address > 0 ? address : this.allocateElsewhere(c, alignment);
  }

  private takeAndLeave(heap: OwnedHeap, c: number, alignment: number): number {
    const address = this.takeFrom(heap, c, alignment);
    this.pool.leave(heap);
    this.pool.finish();
    return address;
  }

  /** The heap's lock is held. @returns an address, 0 or BUSY */
  takeFrom(heap: OwnedHeap, c: number, alignment = NATURAL_ALIGNMENT): number {
    const s = this.pool.obtain(heap, c);
    if (s <= 0) return s;
    const k = heap.take(s, c);
    const start = this.superblocks.addressOf(s, c, k);
    const distance = alignment - 1 - ((start - 1) % alignment);
    if (distance !== 0) this.superblocks.shift(s, c, k, distance);
    return start + distance;
  }

  /**
   * The thread's own heap is locked, or it has no room and there is no new memory. Any other heap will do before the
   * answer is 0; where memory has run out, superblocks without a live block are first collected from all heaps. The
   * answer is also 0 when a lock stays taken for seconds, as that of a dead thread does: `malloc` never hangs.
   */
  private allocateElsewhere(c: number, alignment: number): number {
    const { pool, memory } = this;
    let collected = 0;
    for (let sweeps = 1; ; sweeps++) {
      const address = this.sweep(c, alignment);
      if (address > 0) return address;
      if (address === 0) {
        if (collected !== 0) return 0;
        collected = pool.handOverEmpty();
        if (collected === 0) return 0;
      } else if (sweeps >= SWEEPS || (memory.canWait && !(pool.waitFor(pool.global) && pool.waitFor(pool.home)))) {
        pool.finish();
        return 0;
      }
    }
  }

  /** Asks every heap once, the thread's own first. @returns BUSY when one of those that had nothing to give was locked */
  private sweep(c: number, alignment: number): number {
    const { pool } = this;
    const others = pool.heaps.length - 1;
    let answer = 0;
    for (let i = 0; i < others; i++) {
      const heap = pool.heaps[1 + ((pool.home.index - 1 + i) % others)];
      const address = pool.enter(heap) ? this.takeAndLeave(heap, c, alignment) : BUSY;
      if (address > 0) return address;
      if (address === BUSY) answer = BUSY;
    }
    return answer;
  }

  /** Gives back to the page source what can be: for when somebody else has run out of pages. */
  trim(): void {
    this.pool.handOverEmpty();
  }

  free(address: number): void {
    const s = this.superblockOf(address);
    const heap = this.pool.enterOwnerOf(s);
    if (heap === undefined) return this.freeLater(s, address);
    const reason = this.freeIn(heap, s, address);
    this.pool.leave(heap);
    this.pool.finish();
    if (reason < 0) throw refusal(address, reason);
  }

  /** The lock of `heap`, which owns superblock `s`, is held. @returns a negative reason why `address` is no block */
  freeIn(heap: OwnedHeap, s: number, address: number): number {
    const c = this.superblocks.classOf(s);
    const k = this.superblocks.find(s, c, address);
    if (k < 0) return k;
    heap.give(s, c, k);
    if (heap !== this.pool.global) this.pool.shed(heap, c);
    return k;
  }

  /** Leaves the block to the one who holds the lock. Being live, it keeps its superblock where it is meanwhile. */
  freeLater(s: number, address: number): void {
    const c = this.superblocks.classOf(s);
    const k = this.superblocks.find(s, c, address);
    if (k < 0) throw refusal(address, k);
    if (!this.superblocks.setPending(s, c, k)) throw refusal(address, NOT_LIVE);
    this.pool.delay(this.pool.heaps[this.superblocks.ownerOf(s)], this.superblocks.addressOf(s, c, k));
    this.pool.finish();
  }

  owns(address: number): boolean {
    return this.pool.global.ownsPage(address);
  }

  usableSize(address: number): number {
    const s = this.superblockOf(address);
    const c = this.superblocks.classOf(s);
    const k = this.superblocks.find(s, c, address);
    if (k < 0) throw refusal(address, k);
    return this.superblocks.addressOf(s, c, k + 1) - address;
  }

  /** A block cannot change its size; it may stay when the new one needs the same class. */
  resize(address: number, bytes: number): boolean {
    const usable = this.usableSize(address);
    if (bytes > usable) return false;
    const s = this.superblocks.around(address);
    const c = this.superblocks.classOf(s);
    return this.sizes.classOf(bytes + this.superblocks.geometry.blockBytes[c] - usable) === c;
  }

  isZero(): boolean {
    return false;
  }

  /** Only blocks whose owner was given their start: of another, less than a block of that class can be used. */
  classAt(address: number): number {
    if (!this.owns(address)) return -1;
    const s = this.superblockOf(address);
    const c = this.superblocks.classOf(s);
    const k = this.superblocks.find(s, c, address);
    return k >= 0 && this.superblocks.addressOf(s, c, k) === address ? c : -1;
  }

  blocksOf(sizeClass: number): Blocks {
    return new OwnedBlocks(this, this.memory, sizeClass, this.superblocks.geometry.blockBytes[sizeClass]);
  }

  /** @throws InvalidAddressError when the page map knows of no superblock there */
  superblockOf(address: number): number {
    if (!this.owns(address)) throw new InvalidAddressError(address, "its page holds no blocks");
    if (address >= this.memory.end) this.memory.reach(address);
    return this.superblocks.around(address);
  }

  walk(visit: Visit): void {
    walkOwned(this.pool, this.superblocks, this.root.threads.deathIsPossible() ? "lost" : "free", visit);
  }

  inspect(to: Inspector): number {
    const largest = inspectOwned(this.pool.global, this.superblocks, this.sizes.maximum, to);
    return this.spans.longestFree() >= PAGE_BYTES ? this.sizes.maximum : largest;
  }

  check(): void {
    checkOwned(this.pool, this.superblocks);
  }

  metadataBytes(): number {
    const { geometry } = this.superblocks;
    let bytes = this.pool.global.blanks() * SUPERBLOCK.bytes;
    for (const heap of this.pool.heaps) {
      for (let c = 0; c < this.count; c++) bytes += (heap.held(c) / geometry.capacity[c]) * geometry.first[c];
    }
    return bytes;
  }

  reclaim(threadId: number): void {
    this.pool.reclaim(threadId);
  }

  leave(): void {
    // a thread holds nothing between two calls
  }
}
