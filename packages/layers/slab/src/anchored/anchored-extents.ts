/**
 * Anchored slabs as an {@link Inspector} sees them, while others allocate and free. Of a superblock only its anchor is
 * read, and how many blocks an Active word reserves of it: what is neither counted there nor reserved is live. The two are
 * read one after the other, so between them the sum may be off by what one Active word can reserve.
 *
 * A descriptor is believed to be one where the store's table names it, the page map says that descriptors are there, and
 * its own words agree with the slot.
 */
import { extentOfBlocks, PAGE_BYTES, plainExtent, type BlockShape, type Extent, type Inspector, type Memory, type PageMap, type Root } from "@heapwright/core";
import { ACTIVE, countOf, PARTIAL, stateOf } from "./anchor.js";
import { LAYER } from "./anchored-census.js";
import { blocksIn, SLOT_BYTES, type AnchoredClass } from "./anchored-classes.js";
import { anchoredPages } from "./anchored-pages.js";
import { PREFIX_BYTES } from "./block-prefix.js";
import { CREDITS, DESCRIPTOR } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import { METADATA_USE, SLOTS_USE } from "./hyperblock.js";
import { PROCESSOR_HEAP, type ProcessorHeaps } from "./processor-heaps.js";
import type { SuperblockStore } from "./superblock-store.js";

export class AnchoredExtents {
  private readonly memory: Memory;
  private readonly shapes: readonly BlockShape[];

  constructor(
    private readonly root: Root,
    private readonly map: PageMap,
    private readonly owner: number,
    private readonly classes: readonly AnchoredClass[],
    private readonly heaps: ProcessorHeaps,
    private readonly store: SuperblockStore,
    private readonly pool: DescriptorPool,
  ) {
    this.memory = root.memory;
    this.shapes = classes.map((one, c) => ({
      blockBytes: one.blockBytes - PREFIX_BYTES,
      stride: one.blockBytes,
      count: blocksIn(one),
      leastRequest: c === 0 ? 0 : classes[c - 1].blockBytes - PREFIX_BYTES + 1,
    }));
  }

  /** @returns the largest request that would be served from what is here */
  inspect(to: Inspector): number {
    const reserved = new Map<number, number>();
    const listed = new Set<number>();
    this.lookAtHeaps(reserved, listed);
    const isFindable = (descriptor: number): boolean => {
      const state = stateOf(this.field(descriptor, DESCRIPTOR.anchor));
      if (state === ACTIVE) return reserved.has(descriptor);
      return state !== PARTIAL || listed.has(descriptor) || !this.root.threads.someDied();
    };
    let largest = 0;
    anchoredPages(this.root, this.map, this.owner, (page, use) => {
      if (use === METADATA_USE) to.extent(plainExtent(LAYER, "metadata", page, PAGE_BYTES));
      if (use !== SLOTS_USE) return;
      for (let slot = page; slot < page + PAGE_BYTES; ) {
        const descriptor = this.descriptorOf(slot);
        const extent = descriptor === 0 ? this.unused(slot, page + PAGE_BYTES) : this.superblock(descriptor, slot, reserved.get(descriptor) ?? 0);
        to.extent(extent);
        if (descriptor === 0 ? extent.use === "free" : isFindable(descriptor)) largest = Math.max(largest, this.servedBy(extent));
        slot += extent.bytes;
      }
    });
    return largest;
  }

  /**
   * What threads that look for room come by first: the superblocks that Active words name, with how many blocks these reserve, and
   * those in Partial slots. Other partial ones wait in queues, unless a thread has died that was to list them.
   */
  private lookAtHeaps(reserved: Map<number, number>, listed: Set<number>): void {
    for (let number = 0; number < this.heaps.count; number++) {
      for (let c = 0; c < this.classes.length; c++) {
        const w = this.heaps.at(number, c) >>> 2;
        const active = this.memory.load(w + PROCESSOR_HEAP.active);
        if (active !== 0) reserved.set((active & ~CREDITS) >>> 0, (active & CREDITS) + 1);
        listed.add(this.memory.load(w + PROCESSOR_HEAP.partial) >>> 0);
      }
    }
  }

  /** Descriptor of the superblock that starts at a slot, if there is one and all agrees; otherwise 0. */
  private descriptorOf(slot: number): number {
    const descriptor = this.store.descriptorAt(slot);
    if (descriptor === 0 || !this.pool.isDescriptor(descriptor)) return 0;
    const geometry = this.classes[this.field(descriptor, DESCRIPTOR.sizeClass)];
    const agrees = geometry !== undefined && slot % geometry.superblockBytes === 0 && this.field(descriptor, DESCRIPTOR.superblock) >>> 0 === slot;
    return agrees ? descriptor : 0;
  }

  private superblock(descriptor: number, slot: number, reserved: number): Extent {
    // both by a class read once, which another thread may have changed since it was looked at
    const c = Math.min(this.field(descriptor, DESCRIPTOR.sizeClass) >>> 0, this.classes.length - 1);
    const end = slot - (slot % PAGE_BYTES) + PAGE_BYTES;
    const free = countOf(this.field(descriptor, DESCRIPTOR.anchor)) + reserved;
    return extentOfBlocks(LAYER, slot, Math.min(this.classes[c].superblockBytes, end - slot), this.shapes[c], this.shapes[c].count - free);
  }

  /** Slots without a superblock, up to the end of their page, as far as they are alike. */
  private unused(slot: number, end: number): Extent {
    const free = this.store.isFree(slot / SLOT_BYTES);
    let next = slot + SLOT_BYTES;
    while (next < end && this.store.descriptorAt(next) === 0 && this.store.isFree(next / SLOT_BYTES) === free) next += SLOT_BYTES;
    return plainExtent(LAYER, free ? "free" : "in hand", slot, next - slot);
  }

  private servedBy({ use, bytes, largestFree }: Extent): number {
    if (use !== "free") return largestFree;
    if (!this.pool.canTake()) return 0;
    return this.classes.reduce((largest, { superblockBytes }, c) => (superblockBytes <= bytes ? this.shapes[c].blockBytes : largest), 0);
  }

  private field(descriptor: number, field: number): number {
    return this.memory.racyLoad((descriptor >>> 2) + field);
  }
}
