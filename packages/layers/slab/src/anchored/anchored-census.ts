/**
 * Accounts for every byte of the pages that anchored slabs own, and checks what the figures of the paper take for
 * granted. Quiescent: then a superblock's chain of free blocks has as many as are counted and reserved, its state says
 * where its descriptor is, and it is there only.
 *
 * After a death some of that may be off, in one direction: a dead thread's reservations and blocks are in the chain, or
 * nowhere, and are counted by nobody; its descriptor may be in no place. Those bytes are lost. A dead thread never leaves
 * a chain broken or a descriptor in two places, since each is one step.
 */
import { HeapCorruptionError, PAGE_BYTES, type Memory, type PageMap, type RegionState, type Root, type Visit } from "@heapwright/core";
import { ACTIVE, AVAIL, countOf, EMPTY, FULL, PARTIAL, stateOf } from "./anchor.js";
import { blocksIn, SLOT_BYTES, type AnchoredClass } from "./anchored-classes.js";
import { anchoredPages } from "./anchored-pages.js";
import type { Place } from "./anchored-places.js";
import { BLOCK_PLACE, FIRST_PREFIX, LIVE, MOVED, PREFIX_BYTES, SHADOW } from "./block-prefix.js";
import { DESCRIPTOR } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import { METADATA_USE } from "./hyperblock.js";
import type { SuperblockStore } from "./superblock-store.js";

export const LAYER = "anchored slabs";
const STATES = ["ACTIVE", "FULL", "PARTIAL", "EMPTY"];

export class AnchoredCensus {
  private readonly memory: Memory;

  constructor(
    private readonly root: Root,
    private readonly map: PageMap,
    private readonly owner: number,
    private readonly classes: readonly AnchoredClass[],
    private readonly store: SuperblockStore,
    private readonly pool: DescriptorPool,
    private readonly collectPlaces: () => Map<number, Place>,
  ) {
    this.memory = root.memory;
  }

  walk(visit: Visit): void {
    const places = this.collectPlaces();
    this.pages((page, use) => {
      if (use === METADATA_USE) {
        visit({ address: page, bytes: PAGE_BYTES, state: "metadata", layer: LAYER, block: 0 });
        return;
      }
      for (let slot = page; slot < page + PAGE_BYTES; ) slot += this.walkSlot(slot, places, visit);
    });
  }

  /** @returns how many bytes were reported */
  private walkSlot(slot: number, places: ReadonlyMap<number, Place>, visit: Visit): number {
    const descriptor = this.superblockAt(slot);
    if (descriptor === 0) {
      const state = this.store.isFree(slot / SLOT_BYTES) ? "free" : "lost";
      visit({ address: slot, bytes: SLOT_BYTES, state, layer: LAYER, block: 0 });
      return SLOT_BYTES;
    }
    this.walkSuperblock(descriptor, places.get(descriptor), visit);
    return this.classes[this.field(descriptor, DESCRIPTOR.sizeClass)].superblockBytes;
  }

  private walkSuperblock(descriptor: number, place: Place | undefined, visit: Visit): void {
    const superblock = this.field(descriptor, DESCRIPTOR.superblock) >>> 0;
    const bytes = this.field(descriptor, DESCRIPTOR.blockBytes);
    const { superblockBytes } = this.classes[this.field(descriptor, DESCRIPTOR.sizeClass)];
    const chain = this.chainOf(descriptor);
    const findable = place === undefined ? 0 : countOf(this.anchorOf(descriptor)) + place.reserved;
    const free = new Set(chain.slice(0, findable));
    const maxcount = this.field(descriptor, DESCRIPTOR.maxcount);
    const unused = (index: number): RegionState => (free.has(index) ? "free" : "lost");
    visit({ address: superblock, bytes: FIRST_PREFIX, state: "waste", layer: LAYER, block: 0 });
    let address = superblock + FIRST_PREFIX;
    for (let index = 0; index < maxcount; ) {
      const block = this.userAddress(address, descriptor);
      const state = block === 0 ? unused(index) : "live";
      let length = bytes;
      index++;
      // neighbours that are unused alike are one region
      while (block === 0 && index < maxcount && this.userAddress(address + length, descriptor) === 0 && unused(index) === state) {
        length += bytes;
        index++;
      }
      visit({ address, bytes: length, state, layer: LAYER, block });
      address += length;
    }
    const rest = superblock + superblockBytes - address;
    if (rest > 0) visit({ address, bytes: rest, state: "waste", layer: LAYER, block: 0 });
  }

  /** The address that the user of the block at `start` has, or 0 when it is not allocated. */
  private userAddress(start: number, descriptor: number): number {
    const owner = this.memory.i32[start >>> 2];
    const distance = BLOCK_PLACE.distance.get(this.memory.i32[(start >>> 2) + 1]) * 16;
    if (owner === (descriptor | LIVE)) return start + PREFIX_BYTES;
    return owner === (descriptor | MOVED) ? start + PREFIX_BYTES + distance : 0;
  }

  /** Indices of the free blocks, in order. @throws HeapCorruptionError when the chain leaves the superblock or bites its tail */
  private chainOf(descriptor: number): number[] {
    const maxcount = this.field(descriptor, DESCRIPTOR.maxcount);
    const stride = this.field(descriptor, DESCRIPTOR.blockBytes);
    const first = (this.field(descriptor, DESCRIPTOR.superblock) >>> 0) + FIRST_PREFIX;
    const chain: number[] = [];
    let index = this.anchorOf(descriptor) & AVAIL;
    while (index !== maxcount) {
      if (index > maxcount || index < 0 || chain.length === maxcount) {
        throw new HeapCorruptionError(first + index * stride, LAYER, `the chain of free blocks of the superblock at ${first - FIRST_PREFIX} leads here`);
      }
      chain.push(index);
      index = this.memory.i32[(first + index * stride) >>> 2];
    }
    return chain;
  }

  check(): void {
    const places = this.collectPlaces();
    const history = this.root.threads.deathIsPossible() ? "deaths" : "no deaths";
    const withSuperblock = new Set<number>();
    this.pages((page, use) => {
      if (use === METADATA_USE) return;
      for (let slot = page; slot < page + PAGE_BYTES; slot += SLOT_BYTES) {
        const descriptor = this.superblockAt(slot);
        if (descriptor === 0) continue;
        withSuperblock.add(descriptor);
        this.checkSuperblock(descriptor, places.get(descriptor), history);
        this.checkBlocks(descriptor);
      }
    });
    for (const [descriptor, place] of places) this.checkPlace(descriptor, place, withSuperblock);
    this.store.check(history);
    const known = new Set([...places.keys(), ...withSuperblock]).size;
    if (known !== this.pool.made() && history === "no deaths") {
      throw new HeapCorruptionError(this.root.address, LAYER, `${known} descriptors were met, and ${this.pool.made()} made`);
    }
  }

  private checkSuperblock(descriptor: number, place: Place | undefined, history: "deaths" | "no deaths"): void {
    const low = this.anchorOf(descriptor);
    const chain = this.chainOf(descriptor);
    const reserved = place?.reserved ?? 0;
    const blamed = (found: string): never => {
      const at = this.field(descriptor, DESCRIPTOR.superblock) >>> 0;
      throw new HeapCorruptionError(at, LAYER, `a superblock that is ${STATES[stateOf(low)]}, ${place?.kind ?? "nowhere"}, with ${countOf(low)} + ${reserved} of ${chain.length} free blocks: ${found}`);
    };
    if (chain.length < countOf(low) + reserved) blamed("blocks are missing");
    if (history === "deaths") return;
    if (chain.length > countOf(low) + reserved) blamed("blocks are not counted");
    const expected = place === undefined ? FULL : place.kind === "active" ? ACTIVE : PARTIAL;
    if (stateOf(low) !== expected) blamed(`it should be ${STATES[expected]}`);
    if (expected === PARTIAL && chain.length === 0) blamed("nothing is free");
  }

  /** Every live prefix is that of its own block, and a moved one is where it says. */
  private checkBlocks(descriptor: number): void {
    const { i32 } = this.memory;
    const bytes = this.field(descriptor, DESCRIPTOR.blockBytes);
    let start = (this.field(descriptor, DESCRIPTOR.superblock) >>> 0) + FIRST_PREFIX;
    for (let index = 0; index < this.field(descriptor, DESCRIPTOR.maxcount); index++, start += bytes) {
      const address = this.userAddress(start, descriptor);
      if (address === 0) continue;
      const place = i32[(start >>> 2) + 1];
      const shadow = (address - PREFIX_BYTES) >>> 2;
      const moved = address !== start + PREFIX_BYTES;
      if (BLOCK_PLACE.index.get(place) !== index || address >= start + bytes || (moved && i32[shadow] !== (descriptor | SHADOW))) {
        throw new HeapCorruptionError(start, LAYER, `block ${index} of ${bytes} bytes has the prefix 0x${(place >>> 0).toString(16)}`);
      }
    }
  }

  private checkPlace(descriptor: number, place: Place, withSuperblock: ReadonlySet<number>): void {
    const hasSuperblock = withSuperblock.has(descriptor);
    const state = stateOf(this.anchorOf(descriptor));
    const blamed = (found: string): never => {
      throw new HeapCorruptionError(descriptor, LAYER, `a descriptor (${STATES[state]}) in ${place.kind}: ${found}`);
    };
    // in the pool the state says nothing: a descriptor that was never used has an anchor of zeros, which is ACTIVE
    if (place.kind === "pool" ? hasSuperblock : hasSuperblock === (state === EMPTY)) {
      blamed(hasSuperblock ? "it still has a superblock" : "it has no superblock");
    }
    if (place.kind === "pool" || state === EMPTY) return;
    if (this.field(descriptor, DESCRIPTOR.sizeClass) !== place.sizeClass) blamed(`it is listed in class ${place.sizeClass}`);
    if (place.kind === "active" && this.field(descriptor, DESCRIPTOR.heap) >>> 0 !== place.heap) blamed("it names another heap");
  }

  /** Descriptor of the superblock that starts at `slot`, or 0 when none does. @throws HeapCorruptionError when it makes no sense */
  private superblockAt(slot: number): number {
    const descriptor = this.store.descriptorAt(slot);
    if (descriptor === 0) return 0;
    if (!this.pool.isDescriptor(descriptor)) throw new HeapCorruptionError(slot, LAYER, `the descriptor at ${descriptor} is none`);
    if (this.field(descriptor, DESCRIPTOR.superblock) >>> 0 !== slot) return 0;
    // its last block was freed by a thread that died before it took the superblock apart: nothing in it is anybody's
    if (stateOf(this.anchorOf(descriptor)) === EMPTY) return 0;
    const geometry = this.classes[this.field(descriptor, DESCRIPTOR.sizeClass)];
    const sound =
      geometry !== undefined &&
      geometry.blockBytes === this.field(descriptor, DESCRIPTOR.blockBytes) &&
      blocksIn(geometry) === this.field(descriptor, DESCRIPTOR.maxcount) &&
      slot % geometry.superblockBytes === 0;
    if (!sound) throw new HeapCorruptionError(descriptor, LAYER, "class, block size and number of blocks do not belong together");
    return descriptor;
  }

  private pages(visit: (page: number, use: number) => void): void {
    anchoredPages(this.root, this.map, this.owner, visit);
  }

  private field(descriptor: number, field: number): number {
    return this.memory.i32[(descriptor >>> 2) + field];
  }

  private anchorOf(descriptor: number): number {
    return this.memory.load((descriptor >>> 2) + DESCRIPTOR.anchor);
  }
}
