/**
 * malloc and free of blocks of one size class (Michael 2004, figures 4 to 6; names as there). Each processor heap
 * has one active superblock per class. The Active word that names it also holds credits: blocks that were reserved, out
 * of the anchor's count, for whoever takes one. So malloc is two steps that cannot be one: take a credit, which makes
 * sure that there is a block; then pop some block of that superblock.
 *
 * Why reservations matter: as long as a thread has a credit, a block or the descriptor in hand, the superblock cannot
 * become EMPTY and be made anew. So the other words of the descriptor stand still, and plain reads of them are right.
 *
 * Atomics in the common case: malloc is a CAS, a load and a `cas2`; free is a `cas2`. All else is plain. Where the memory is
 * WebAssembly's, anchored-program.ts takes the steps of the common case.
 *
 * A thread killed anywhere holds up nobody. What it had in hand is lost: a descriptor, a block, or up to 64 credits. If it
 * had taken the last credit, its superblock stays ACTIVE though no Active word names it, and all blocks of that are lost
 * as they are freed; that is the most that one kill can cost here.
 */
import { HeapCorruptionError, type Memory, type Root } from "@heapwright/core";
import { ANCHORED_PROGRAM, RESERVED, type FusedAnchors } from "./anchored-program.js";
import { ACTIVE, AVAIL, carried, countOf, EMPTY, FULL, ONE_BLOCK, PARTIAL, popped, renewed, stateOf } from "./anchor.js";
import { BLOCK_PREFIX, FIRST_PREFIX, LIVE, PREFIX_BYTES } from "./block-prefix.js";
import { CREDITS, DESCRIPTOR, MOST_CREDITS } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import type { PartialLists } from "./partial-lists.js";
import { PROCESSOR_HEAP, type ProcessorHeaps } from "./processor-heaps.js";
import { creditsOfNew, type SuperblockMaker } from "./superblock-maker.js";

const {
  anchor: ANCHOR, superblock: SUPERBLOCK, blockBytes: BLOCK_BYTES, maxcount: MAXCOUNT, sizeClass: SIZE_CLASS, heap: HEAP,
  bytes: DESCRIPTOR_BYTES,
} = DESCRIPTOR;
const TAG = ANCHOR + 1;
const PLACE = BLOCK_PREFIX.place;
const HEAP_BYTES = PROCESSOR_HEAP.bytes;
/** Credits that a pop leaves behind when that is not its business. */
const SOME = 1;

export class AnchoredHeaps {
  // as a field it is read without a check; bundlers make variables of a module's constants. A product would be looked at for -0
  private readonly heapShift = 31 - Math.clz32(HEAP_BYTES);
  private readonly memory: Memory;
  private readonly own: number;
  private readonly fused: FusedAnchors | undefined;

  constructor(
    root: Root,
    private readonly heaps: ProcessorHeaps,
    private readonly maker: SuperblockMaker,
    private readonly partials: PartialLists,
    private readonly pool: DescriptorPool,
  ) {
    this.memory = root.memory;
    this.own = heaps.own;
    this.fused = root.memory.fused(ANCHORED_PROGRAM);
  }

  /** A block of a class, allocated: the address behind its prefix. 0 when there is no memory. */
  take(sizeClass: number): number {
    const heap = this.own + (sizeClass << this.heapShift);
    if (this.fused === undefined) return this.fromActive(heap) || this.refill(heap, sizeClass);
    // `refill` looks at Active again. Both are made unsigned, so that an address is of one kind whichever way it came
    return this.takeFused(this.fused, heap) || this.refill(heap, sizeClass) >>> 0;
  }

  private takeFused(fused: FusedAnchors, heap: number): number {
    const taken = fused.take(heap) >>> 0;
    if ((taken & 15) !== 0) return this.popOne((taken & ~RESERVED) >>> 0, SOME) >>> 0;
    // a superblock lies in one page, and views end where pages do
    if (taken >= this.memory.end) this.memory.reach(taken);
    return taken;
  }

  /**
   * Up to `count` blocks of a class, as many as possible by one step each of Active and anchor.
   * @param into address of words of the caller's for their addresses
   * @returns how many there were
   */
  takeMany(sizeClass: number, into: number, count: number): number {
    const { memory } = this;
    const heap = this.own + sizeClass * HEAP_BYTES;
    let taken = 0;
    while (taken < count) {
      const active = memory.racyLoad(heap >>> 2);
      if (active === 0) {
        const address = this.refill(heap, sizeClass);
        if (address === 0) return taken;
        memory.i32[(into >>> 2) + taken++] = address;
        continue;
      }
      const credits = active & CREDITS;
      const blocks = Math.min(count - taken, credits + 1);
      // Success reserves that many blocks for us. Failure: another thread took or brought credits; look again.
      if (!memory.cas(heap >>> 2, active, blocks > credits ? 0 : active - blocks)) continue;
      const descriptor = (active & ~CREDITS) >>> 0;
      const first = this.popChain(descriptor, blocks, credits + 1 - blocks);
      this.claimChain(descriptor, first, blocks, (into >>> 2) + taken);
      taken += blocks;
    }
    return taken;
  }

  /** A block of the active superblock of a heap, or 0 when it has none. */
  private fromActive(heap: number): number {
    const { memory } = this;
    for (;;) {
      const active = memory.racyLoad(heap >>> 2);
      if (active === 0) return 0;
      const credits = active & CREDITS;
      // Success reserves a block for us, of whatever superblock the word names: it is one of this heap's now, even if
      // the word has been another meanwhile. Failure: another thread took or brought credits; look again.
      if (memory.cas(heap >>> 2, active, credits === 0 ? 0 : active - 1)) {
        return this.popOne((active & ~CREDITS) >>> 0, credits);
      }
    }
  }

  /**
   * Pops one block that the caller has reserved, and writes its prefix. {@link popChain} could do it too; by itself it
   * makes malloc and free together a sixth faster (V8 11.3, with the WebAssembly helper).
   * @param left credits that were left when ours was taken. With 0, we have emptied Active, and bring new ones
   * @returns the address behind the prefix
   */
  private popOne(descriptor: number, left: number): number {
    const { memory } = this;
    const d = descriptor >>> 2;
    if (descriptor + DESCRIPTOR_BYTES > memory.end) memory.reach(descriptor + DESCRIPTOR_BYTES - 1);
    const blocks = (memory.i32[d + SUPERBLOCK] + FIRST_PREFIX) >>> 0;
    const blockBytes = memory.i32[d + BLOCK_BYTES];
    for (;;) {
      // The tag first; see anchor.ts. The plain reads below cannot come before this load.
      const high = memory.load(d + TAG);
      const low = memory.racyLoad(d + ANCHOR);
      const start = blocks + (low & AVAIL) * blockBytes;
      if (start + blockBytes > memory.end) memory.reach(start + blockBytes - 1);
      // Races with the owner of the block, if others pop meanwhile; then the tag refuses what we read.
      const next = memory.racyLoad(start >>> 2);
      if (next >>> 0 > memory.i32[d + MAXCOUNT]) {
        this.blame(descriptor, low, high);
        continue;
      }
      const newLow = left === 0 ? replenishing(popped(low, next)) : popped(low, next);
      // Success makes the block ours, and with `left` 0 further ones reserved by us. Failure: blocks were popped or pushed.
      if (!memory.cas2(d + ANCHOR, low, high, newLow, carried(high, newLow))) continue;
      // LIVE last: a block whose prefix is half written must not look allocated when its thread dies
      memory.i32[(start >>> 2) + PLACE] = low & AVAIL;
      memory.i32[start >>> 2] = descriptor | LIVE;
      if (left === 0) this.updateActive(descriptor, creditsIn(low));
      return start + PREFIX_BYTES;
    }
  }

  /** Pops blocks that the caller has reserved; they stay chained, from the index returned. @param left as in {@link popOne} */
  private popChain(descriptor: number, count: number, left: number): number {
    const { memory } = this;
    const d = descriptor >>> 2;
    if (descriptor + DESCRIPTOR_BYTES > memory.end) memory.reach(descriptor + DESCRIPTOR_BYTES - 1);
    const blocks = (memory.i32[d + SUPERBLOCK] + FIRST_PREFIX) >>> 2;
    const stride = memory.i32[d + BLOCK_BYTES] >>> 2;
    const maxcount = memory.i32[d + MAXCOUNT];
    for (;;) {
      const high = memory.load(d + TAG);
      const low = memory.racyLoad(d + ANCHOR);
      let next = low & AVAIL;
      let reached = 0;
      while (reached < count && next < maxcount) {
        next = memory.racyLoad(blocks + next * stride) >>> 0;
        reached++;
      }
      if (reached < count || next > maxcount) {
        this.blame(descriptor, low, high);
        continue;
      }
      const newLow = left === 0 ? replenishing(popped(low, next)) : popped(low, next);
      // Success makes the chain ours, and with `left` 0 further blocks reserved by us. Failure: blocks were popped or pushed.
      if (!memory.cas2(d + ANCHOR, low, high, newLow, carried(high, newLow))) continue;
      if (left === 0) this.updateActive(descriptor, creditsIn(low));
      return low & AVAIL;
    }
  }

  /** A chain that is shorter than what is reserved of it: some program has written to a block that it had freed. */
  private blame(descriptor: number, low: number, high: number): void {
    const w = (descriptor >>> 2) + ANCHOR;
    if (this.memory.load(w + 1) !== high || this.memory.load(w) !== low) return;
    const superblock = this.memory.i32[(descriptor >>> 2) + SUPERBLOCK] >>> 0;
    throw new HeapCorruptionError(superblock, "anchored superblock", `the chain of free blocks from ${low & AVAIL} on is broken`);
  }

  /** Writes the prefix of a block that is the caller's. @returns the address behind it */
  private claim(descriptor: number, index: number): number {
    const { memory } = this;
    const d = descriptor >>> 2;
    const blockBytes = memory.i32[d + BLOCK_BYTES];
    const start = (memory.i32[d + SUPERBLOCK] >>> 0) + FIRST_PREFIX + index * blockBytes;
    if (start + blockBytes > memory.end) memory.reach(start + blockBytes - 1);
    memory.i32[(start >>> 2) + PLACE] = index;
    memory.i32[start >>> 2] = descriptor | LIVE;
    return start + PREFIX_BYTES;
  }

  /** Claims the blocks of a chain and writes their addresses into the words from `into` on. */
  private claimChain(descriptor: number, first: number, count: number, into: number): void {
    const { memory } = this;
    const blocks = (memory.i32[(descriptor >>> 2) + SUPERBLOCK] + FIRST_PREFIX) >>> 2;
    const stride = memory.i32[(descriptor >>> 2) + BLOCK_BYTES] >>> 2;
    let index = first;
    for (let i = 0; i < count; i++) {
      const next = memory.racyLoad(blocks + index * stride);
      memory.i32[into + i] = this.claim(descriptor, index);
      index = next;
    }
  }

  /** Makes the blocks that the caller has reserved available to all: by Active if that is free, or else by listing the superblock. */
  private updateActive(descriptor: number, blocks: number): void {
    if (blocks === 0) return;
    const { memory } = this;
    const d = descriptor >>> 2;
    const heap = memory.load(d + HEAP) >>> 0;
    // Success publishes the superblock and its credits. Failure: the heap has another one by now. Never replaced: its
    // credits would be lost, and nobody would find it again.
    if (memory.cas(heap >>> 2, 0, descriptor | (blocks - 1))) return;
    for (;;) {
      const high = memory.load(d + TAG);
      const low = memory.load(d + ANCHOR);
      const newLow = renewed(low, low & AVAIL, countOf(low) + blocks, PARTIAL);
      // Success gives the reserved blocks back to the count. Failure: others popped or pushed blocks.
      if (memory.cas2(d + ANCHOR, low, high, newLow, high)) break;
    }
    this.partials.put(descriptor, heap, memory.i32[d + SIZE_CLASS]);
  }

  /** A block when Active had none: from there after all, from a partial superblock, or from a new one. */
  private refill(heap: number, sizeClass: number): number {
    for (;;) {
      const address = this.fromActive(heap) || this.fromPartial(heap, sizeClass);
      if (address !== 0) return address;
      const descriptor = this.maker.make(sizeClass, heap);
      if (descriptor === 0) return this.fromOthers(sizeClass);
      const credits = creditsOfNew(this.memory.i32[(descriptor >>> 2) + MAXCOUNT]) - 1;
      // Success publishes the superblock, less block 0. Failure: another thread was quicker; its superblock serves us too.
      if (this.memory.cas(heap >>> 2, 0, descriptor | credits)) return this.claim(descriptor, 0);
      this.maker.discard(descriptor);
    }
  }

  private fromPartial(heap: number, sizeClass: number): number {
    for (;;) {
      const descriptor = this.partials.get(heap, sizeClass);
      if (descriptor === 0) return 0;
      const reserved = this.reserve(descriptor, heap);
      if (reserved === 0) {
        this.pool.retire(descriptor);
        continue;
      }
      const address = this.popOne(descriptor, SOME);
      if (reserved > 1) this.updateActive(descriptor, reserved - 1);
      return address;
    }
  }

  /**
   * Reserves one block for the caller, and as many as an Active word can name, of a superblock whose descriptor he has in
   * hand. Then the descriptor is nobody's any more; who holds the reservations will publish it.
   * @returns how many, 0 when it is EMPTY
   */
  private reserve(descriptor: number, heap: number): number {
    const { memory } = this;
    const d = descriptor >>> 2;
    if (descriptor + DESCRIPTOR_BYTES > memory.end) memory.reach(descriptor + DESCRIPTOR_BYTES - 1);
    memory.store(d + HEAP, heap);
    for (;;) {
      const high = memory.load(d + TAG);
      const low = memory.load(d + ANCHOR);
      if (stateOf(low) === EMPTY) return 0;
      const more = Math.min(countOf(low) - 1, MOST_CREDITS);
      const newLow = renewed(low, low & AVAIL, countOf(low) - more - 1, more === 0 ? FULL : ACTIVE);
      // Success reserves the blocks for us. Failure: somebody freed one; there is more to reserve, or it is EMPTY.
      if (memory.cas2(d + ANCHOR, low, high, newLow, high)) return more + 1;
    }
  }

  /** The last resort, not in the paper: a block that another heap has while there is no memory for a new superblock. */
  private fromOthers(sizeClass: number): number {
    for (let number = 0; number < this.heaps.count; number++) {
      const heap = this.heaps.at(number, sizeClass);
      const address = this.fromActive(heap) || this.fromPartial(heap, sizeClass);
      if (address !== 0) return address;
    }
    return 0;
  }

  /**
   * Frees blocks of one superblock, which the caller owns and has chained.
   * @param first index of the first
   * @param last word index of the last one's prefix
   */
  give(descriptor: number, first: number, last: number, count: number): void {
    const { memory } = this;
    const d = descriptor >>> 2;
    const maxcount = memory.i32[d + MAXCOUNT];
    for (;;) {
      const low = memory.racyLoad(d + ANCHOR);
      const high = memory.racyLoad(d + TAG);
      if (stateOf(low) === FULL || countOf(low) + count === maxcount) return this.giveAndMove(descriptor, first, last, count);
      memory.i32[last] = low & AVAIL;
      // Success publishes the blocks as free. Failure: the halves did not belong together, or others popped or pushed.
      if (memory.cas2(d + ANCHOR, low, high, ((low & ~AVAIL) + count * ONE_BLOCK) | first, high)) return;
    }
  }

  /** The same where it seems that the superblock changes its state by it. */
  private giveAndMove(descriptor: number, first: number, last: number, count: number): void {
    const { memory } = this;
    const d = descriptor >>> 2;
    // All that is needed later is read now: behind the cas2 the descriptor may have another life.
    const superblock = memory.i32[d + SUPERBLOCK] >>> 0;
    const maxcount = memory.i32[d + MAXCOUNT];
    const sizeClass = memory.i32[d + SIZE_CLASS];
    const heap = memory.load(d + HEAP) >>> 0;
    for (;;) {
      const low = memory.load(d + ANCHOR);
      const high = memory.load(d + TAG);
      memory.i32[last] = low & AVAIL;
      const state = stateOf(low);
      const free = countOf(low) + count;
      const newState = free === maxcount ? EMPTY : state === FULL ? PARTIAL : state;
      // Success publishes the blocks as free, and with EMPTY makes the superblock ours, with PARTIAL out of FULL the
      // descriptor. Failure: as above.
      if (!memory.cas2(d + ANCHOR, low, high, renewed(low, first, free, newState), high)) continue;
      if (newState === state) return;
      if (newState === PARTIAL) return this.partials.put(descriptor, heap, sizeClass);
      this.maker.dismantle(superblock, sizeClass);
      // Out of FULL it was in no list, so it is in our hands. Otherwise it is somewhere.
      return state === FULL ? this.pool.retire(descriptor) : this.partials.removeEmpty(descriptor, heap, sizeClass);
    }
  }
}

/** Credits that a thread brings which has emptied Active. */
function creditsIn(low: number): number {
  return Math.min(countOf(low), MOST_CREDITS);
}

/** The low word with these reserved: FULL when there are none. */
function replenishing(low: number): number {
  const more = creditsIn(low);
  return renewed(low, low & AVAIL, countOf(low) - more, more === 0 ? FULL : ACTIVE);
}
