/** The blocks of one class, for layers that take and give in batches: a lock is taken once a batch, or once a heap. */
import { InvalidAddressError, type Allocator, type Blocks, type Memory, type Progress } from "@heapwright/core";
import type { HeapPool } from "./heap-pool.js";
import type { OwnedHeap } from "./owned-heap.js";
import { refusal, type Superblocks } from "./superblocks.js";

/** What batches are taken from and given to: slabs whose heaps are entered and left by who takes several blocks at once. */
export interface EnterableSlabs extends Pick<Allocator, "progress" | "allocate" | "free" | "owns"> {
  readonly pool: HeapPool;
  readonly superblocks: Superblocks;
  /** A block of class `c` from `heap`, whose lock is held; 0 or less when there is none. */
  takeFrom(heap: OwnedHeap, c: number): number;
  /** Frees a block of superblock `s` of `heap`, whose lock is held. @returns less than 0 when it is refused, see {@link refusal} */
  freeIn(heap: OwnedHeap, s: number, address: number): number;
  /** @throws InvalidAddressError when the page map knows of no superblock there */
  superblockOf(address: number): number;
}

export class OwnedBlocks implements Blocks {
  readonly progress: Progress;

  constructor(
    private readonly slabs: EnterableSlabs,
    private readonly memory: Memory,
    private readonly sizeClass: number,
    readonly blockBytes: number,
  ) {
    this.progress = slabs.progress;
  }

  take(into: number, count: number): number {
    const { pool } = this.slabs;
    let taken = 0;
    if (pool.enter(pool.home)) {
      taken = this.takeFrom(pool.home, into, count);
      pool.leave(pool.home);
      pool.finish();
    }
    // one by one, with all that allocate does before it gives up
    while (taken < count) {
      const address = this.slabs.allocate(this.blockBytes);
      if (address === 0) break;
      this.memory.i32[(into >>> 2) + taken++] = address;
    }
    return taken;
  }

  private takeFrom(heap: OwnedHeap, into: number, count: number): number {
    for (let taken = 0; taken < count; taken++) {
      const address = this.slabs.takeFrom(heap, this.sizeClass);
      if (address <= 0) return taken;
      this.memory.i32[(into >>> 2) + taken] = address;
    }
    return count;
  }

  /** @throws InvalidAddressError for the first address that is no block, after all others have been given back */
  give(from: number, count: number): void {
    const { slabs } = this;
    let heap: OwnedHeap | undefined;
    let wrong: InvalidAddressError | undefined;
    for (let i = 0; i < count; i++) {
      const address = this.memory.i32[(from >>> 2) + i] >>> 0;
      if (heap !== undefined && !this.isOf(heap, address)) heap = this.leave(heap);
      heap ??= slabs.owns(address) ? slabs.pool.enterOwnerOf(slabs.superblockOf(address)) : undefined;
      const refused = heap === undefined ? this.freeAlone(address) : this.freeIn(heap, address);
      wrong ??= refused;
    }
    if (heap !== undefined) this.leave(heap);
    if (wrong !== undefined) throw wrong;
  }

  /** Whether the superblock of `address` is in the heap whose lock is held. */
  private isOf(heap: OwnedHeap, address: number): boolean {
    const { slabs } = this;
    return slabs.owns(address) && slabs.superblocks.ownerOf(slabs.superblockOf(address)) === heap.index;
  }

  private leave(heap: OwnedHeap): undefined {
    this.slabs.pool.leave(heap);
    this.slabs.pool.finish();
  }

  private freeIn(heap: OwnedHeap, address: number): InvalidAddressError | undefined {
    const reason = this.slabs.freeIn(heap, this.slabs.superblocks.around(address), address);
    return reason < 0 ? refusal(address, reason) : undefined;
  }

  /** No lock is held. */
  private freeAlone(address: number): InvalidAddressError | undefined {
    try {
      this.slabs.free(address);
      return undefined;
    } catch (error) {
      if (error instanceof InvalidAddressError) return error;
      throw error;
    }
  }
}
