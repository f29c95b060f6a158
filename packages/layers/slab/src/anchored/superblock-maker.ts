/**
 * Makes superblocks and takes them apart: a descriptor from the pool, slots from the store, blocks linked by index
 * (Michael 2004, figure 4: MallocFromNewSB). The one who makes a superblock owns all of it until it is published in an
 * Active word; the one who frees its last block owns all of it again, except the descriptor.
 *
 * A thread killed in here loses the descriptor and the superblock in its hands.
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";
import { ACTIVE, carried, EMPTY, popped, renewed } from "./anchor.js";
import { blocksIn, type AnchoredClass } from "./anchored-classes.js";
import { FIRST_PREFIX, PREFIX_BYTES } from "./block-prefix.js";
import { DESCRIPTOR, MOST_CREDITS } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import type { SuperblockStore } from "./superblock-store.js";

export const SUPERBLOCK_COUNTS = struct("SuperblockCounts", {
  /** blocks in all superblocks that exist; atomic add by who makes or takes apart one */
  blocks: i32(),
}, { align: 128 });

const { anchor: ANCHOR, superblock: SUPERBLOCK, blockBytes: BLOCK_BYTES, maxcount: MAXCOUNT, sizeClass: SIZE_CLASS, heap: HEAP } = DESCRIPTOR;

/** Blocks that a new superblock of `maxcount` reserves for others: all but the caller's, as far as credits go. */
export function creditsOfNew(maxcount: number): number {
  return Math.min(maxcount - 1, MOST_CREDITS);
}

export class SuperblockMaker {
  private readonly memory: Memory;
  private readonly w: number;

  constructor(
    root: Root,
    private readonly classes: readonly AnchoredClass[],
    private readonly pool: DescriptorPool,
    private readonly store: SuperblockStore,
  ) {
    this.memory = root.memory;
    this.w = root.claimStruct(SUPERBLOCK_COUNTS) >>> 2;
  }

  /**
   * A new superblock of which block 0 is the caller's, {@link creditsOfNew} blocks are reserved for the Active word that will
   * name it, and the others are counted free.
   * @returns its descriptor, or 0 when there is no memory
   */
  make(sizeClass: number, heap: number): number {
    const geometry = this.classes[sizeClass];
    const descriptor = this.pool.take();
    if (descriptor === 0) return 0;
    const superblock = this.store.acquire(geometry.superblockBytes);
    if (superblock === 0) {
      this.pool.retire(descriptor);
      return 0;
    }
    const maxcount = blocksIn(geometry);
    this.link(superblock, geometry.blockBytes, maxcount);
    const { i32 } = this.memory;
    const d = descriptor >>> 2;
    i32[d + SUPERBLOCK] = superblock;
    i32[d + BLOCK_BYTES] = geometry.blockBytes;
    i32[d + MAXCOUNT] = maxcount;
    i32[d + SIZE_CLASS] = sizeClass;
    this.memory.store(d + HEAP, heap);
    this.begin(d + ANCHOR, maxcount);
    this.store.enter(superblock, geometry.superblockBytes, descriptor);
    this.memory.add(this.w + SUPERBLOCK_COUNTS.blocks, maxcount);
    return descriptor;
  }

  /** Chains the blocks behind block 0. The last link is an index that no block has. */
  private link(superblock: number, blockBytes: number, maxcount: number): void {
    const { i32 } = this.memory;
    const stride = blockBytes >>> 2;
    let w = (superblock + FIRST_PREFIX) >>> 2;
    for (let index = 0; index < maxcount; index++) {
      i32[w] = index + 1;
      w += stride;
    }
  }

  /** Stores: nobody changes the anchor of a descriptor in hand. The tag goes on from the descriptor's last life. */
  private begin(w: number, maxcount: number): void {
    const { memory } = this;
    const low = popped(memory.load(w), 1);
    memory.store(w + 1, carried(memory.load(w + 1), low));
    memory.store(w, renewed(low, 1, maxcount - 1 - creditsOfNew(maxcount), ACTIVE));
  }

  /** Undoes {@link make}, when the superblock could not be published. */
  discard(descriptor: number): void {
    const w = (descriptor >>> 2) + ANCHOR;
    this.memory.store(w, renewed(this.memory.load(w), 0, 0, EMPTY));
    this.dismantle(this.memory.i32[(descriptor >>> 2) + SUPERBLOCK] >>> 0, this.memory.i32[(descriptor >>> 2) + SIZE_CLASS]);
    this.pool.retire(descriptor);
  }

  /** Gives back a superblock that the caller owns. Does not touch its descriptor, which may be in other hands. */
  dismantle(superblock: number, sizeClass: number): void {
    const geometry = this.classes[sizeClass];
    this.store.enter(superblock, geometry.superblockBytes, 0);
    this.store.release(superblock, geometry.superblockBytes);
    this.memory.add(this.w + SUPERBLOCK_COUNTS.blocks, -blocksIn(geometry));
  }

  /** Bytes of all prefixes. */
  prefixBytes(): number {
    return this.memory.load(this.w + SUPERBLOCK_COUNTS.blocks) * PREFIX_BYTES;
  }
}
