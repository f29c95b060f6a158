/**
 * Lock-free blocks of up to 32 KiB (Michael, "Scalable Lock-Free Dynamic Memory Allocation", PLDI 2004). This is the
 * allocator around the algorithm, which is in anchored-heaps.ts: sizes to classes, addresses to blocks, alignment.
 *
 * ```text
 *   processor heaps (header)         descriptors (own pages)            superblocks (hyperblocks)
 *   Active  -> descriptor | credits -> anchor, superblock, heap ... ->  8 B | prefix block | prefix block | ...
 *   Partial -> descriptor                     ^                             |
 *                                             +--- prefix of a live block --+   and the store's table, by address
 * ```
 */
import {
  integerIn, PAGE_BYTES, PAGE_NOTE, powerOfTwoIn, weakest,
  type Allocator, type Blocks, type Classes, type FreesOwn, type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Visit,
} from "@heapwright/core";
import { QueueNodes } from "@heapwright/freelist";
import { table, type SizeClasses } from "@heapwright/sizes";
import { AnchoredBlocks } from "./anchored-blocks.js";
import { AnchoredCensus } from "./anchored-census.js";
import { ANCHORED_CLASSES, checkClasses, type AnchoredClass } from "./anchored-classes.js";
import { AnchoredExtents } from "./anchored-extents.js";
import { AnchoredHeaps } from "./anchored-heaps.js";
import { ANCHORED_PROGRAM, type FusedAnchors } from "./anchored-program.js";
import { placesOf } from "./anchored-places.js";
import { BlockFinder } from "./block-finder.js";
import { BLOCK_PLACE, FLAGS, PREFIX_BYTES } from "./block-prefix.js";
import { DESCRIPTOR } from "./descriptor.js";
import { DescriptorPool } from "./descriptor-pool.js";
import { HYPERBLOCK_BYTES } from "./hyperblock.js";
import { MetadataArena } from "./metadata-arena.js";
import { PartialLists } from "./partial-lists.js";
import { ProcessorHeaps } from "./processor-heaps.js";
import { SuperblockMaker } from "./superblock-maker.js";
import { SuperblockStore } from "./superblock-store.js";

const INDEX = BLOCK_PLACE.index.maximum;
const PLACE = 1;

export interface AnchoredOptions {
  /** Processor heaps, 1 to 1024; two per processor are usual. */
  readonly heaps: number;
  /** Most bytes of superblocks acquired at once, a power of two from 64 KiB to 1 MiB. Less where memory is small. */
  readonly hyperblockBytes: number;
  readonly classes: readonly AnchoredClass[];
}

export const ANCHORED_DEFAULTS: AnchoredOptions = { heaps: 8, hyperblockBytes: HYPERBLOCK_BYTES, classes: ANCHORED_CLASSES };

/** Largest request that anchored slabs of the default classes serve, in bytes. */
export const LARGEST_ANCHORED_REQUEST = ANCHORED_CLASSES[ANCHORED_CLASSES.length - 1].blockBytes - PREFIX_BYTES;

export class AnchoredSlabs implements Allocator, Classes, FreesOwn {
  readonly progress: Progress;
  readonly count: number;
  /** Largest request that is served, in bytes. */
  readonly largestRequest: number;
  // as a field it is read without a check; bundlers make variables of a module's constants
  private readonly prefixBytes = PREFIX_BYTES;
  private readonly memory: Memory;
  private readonly owner: number;
  private readonly sizes: SizeClasses;
  private readonly heaps: AnchoredHeaps;
  private readonly finder: BlockFinder;
  private readonly arena: MetadataArena;
  private readonly nodes: QueueNodes;
  private readonly maker: SuperblockMaker;
  private readonly census: AnchoredCensus;
  private readonly extents: AnchoredExtents;
  private readonly fused: FusedAnchors | undefined;
  private readonly hyperblocks: number;
  private readonly hyperblockCount: number;

  /** @param Lists how partial superblocks wait; another class only in experiments */
  constructor(
    root: Root,
    private readonly spans: MappedSpans,
    options: AnchoredOptions = ANCHORED_DEFAULTS,
    Lists: typeof PartialLists = PartialLists,
  ) {
    const { memory } = root;
    const { classes } = options;
    checkClasses(classes);
    const heapCount = integerIn("heaps", options.heaps, 1, 1024);
    const hyperblockBytes = powerOfTwoIn("hyperblockBytes", options.hyperblockBytes, PAGE_BYTES, HYPERBLOCK_BYTES);
    this.memory = memory;
    this.owner = spans.map.newOwner();
    this.sizes = table(classes.map(({ blockBytes }) => blockBytes));
    this.count = classes.length;
    this.largestRequest = this.sizes.maximum - PREFIX_BYTES;
    this.arena = new MetadataArena(root, spans, this.owner);
    this.nodes = new QueueNodes(root, spans);
    const pool = new DescriptorPool(root, this.arena);
    const store = new SuperblockStore(root, spans, this.arena, this.owner, hyperblockBytes);
    this.fused = memory.fused(ANCHORED_PROGRAM);
    this.hyperblocks = store.hyperblocksAddress;
    this.hyperblockCount = store.hyperblockCount;
    const heaps = new ProcessorHeaps(root, heapCount, classes.length);
    const partials = new Lists(root, pool, this.nodes, classes.length);
    this.maker = new SuperblockMaker(root, classes, pool, store);
    this.heaps = new AnchoredHeaps(root, heaps, this.maker, partials, pool);
    this.finder = new BlockFinder(memory, store);
    const places = (): ReturnType<typeof placesOf> => placesOf(memory, classes.length, heaps, partials, pool);
    this.census = new AnchoredCensus(root, spans.map, this.owner, classes, store, pool, places);
    this.extents = new AnchoredExtents(root, spans.map, this.owner, classes, heaps, store, pool);
    this.progress = weakest("lock-free", spans.progress, this.nodes.progress);
  }

  allocate(bytes: number): number {
    return bytes > this.largestRequest ? 0 : this.heaps.take(this.sizes.classOf(bytes + this.prefixBytes));
  }

  /** Takes a block with room to move the address up in. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= 16) return this.allocate(bytes);
    const address = this.allocate(bytes + alignment - 16);
    if (address === 0 || address % alignment === 0) return address;
    return this.finder.move(address, alignment - (address % alignment));
  }

  /** Whichever thread's they are, where it takes no more than a look at the prefix and a step of the anchor. */
  freeOwn(address: number): boolean {
    return this.fused !== undefined && this.fused.give(address, this.hyperblocks, this.hyperblockCount) !== 0;
  }

  free(address: number): void {
    if (this.freeOwn(address)) return;
    const w = this.finder.find(address) >>> 2;
    const { i32 } = this.memory;
    this.heaps.give((i32[w] & ~FLAGS) >>> 0, i32[w + PLACE] & INDEX, w, 1);
  }

  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.spans.map.noteAt(address)) === this.owner;
  }

  usableSize(address: number): number {
    const start = this.finder.find(address);
    return start + this.blockBytesOf(start) - address;
  }

  /** Blocks do not change their size; one may stay where it is if its new size has the same class. */
  resize(address: number, bytes: number): boolean {
    const start = this.finder.find(address);
    const blockBytes = this.blockBytesOf(start);
    const needed = bytes + (address - start);
    return needed <= blockBytes && this.sizes.bytesOf(this.sizes.classOf(needed)) === blockBytes;
  }

  private blockBytesOf(start: number): number {
    const descriptor = (this.memory.i32[start >>> 2] & ~FLAGS) >>> 0;
    return this.memory.i32[(descriptor >>> 2) + DESCRIPTOR.blockBytes];
  }

  /** Never known: a block holds the links and prefixes of its superblock's formatting at least. */
  isZero(): boolean {
    return false;
  }

  blocksOf(sizeClass: number): Blocks {
    return new AnchoredBlocks(this.memory, this.heaps, this.finder, sizeClass, this.sizes.bytesOf(sizeClass) - PREFIX_BYTES);
  }

  classAt(address: number): number {
    return this.finder.classAt(address);
  }

  walk(visit: Visit): void {
    this.census.walk(visit);
    this.nodes.walk(visit);
  }

  /** With two pages to be had, a superblock of any class can be made, and descriptors and a table for it. */
  inspect(to: Inspector): number {
    this.nodes.inspect(to);
    const largest = this.extents.inspect(to);
    return this.spans.longestFree() >= 2 * PAGE_BYTES ? this.largestRequest : largest;
  }

  check(): void {
    this.census.check();
  }

  metadataBytes(): number {
    return this.arena.bytes() + this.nodes.metadataBytes() + this.maker.prefixBytes();
  }

  /** What a dead thread had in hand here is lost, see the README; it holds up nobody. */
  reclaim(): void {}

  /** A thread holds nothing between two calls. */
  leave(): void {}
}
