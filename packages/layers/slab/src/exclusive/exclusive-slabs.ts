/**
 * Superblocks that belong to one thread each (as in mimalloc, Leijen, Zorn and de Moura 2019, and snmalloc, Lietar et al.
 * 2019). The one idea: while its owner lives, nobody else touches a superblock's free list, so that allocating, and
 * freeing what one has allocated, takes no atomic operation at all. Who frees another thread's block sets a bit, and the
 * owner looks for bits when it runs out.
 *
 * This file is the short way; {@link ExclusiveSupply} is what happens when a superblock runs out, empties, or loses its
 * owner.
 */
import {
  InvalidAddressError, weakest,
  type Allocator, type Blocks, type Classes, type Inspector, type MappedSpans, type Memory, type PageMap, type Progress, type Root, type Trims, type Visit,
} from "@heapwright/core";
import type { SizeClasses } from "@heapwright/sizes";
import { BlocksOfSize } from "../blocks-of-size.js";
import { ExclusiveExtents } from "./exclusive-extents.js";
import { EXCLUSIVE_NOTE, EXCLUSIVE_SUPERBLOCK, ExclusiveGeometry, liveWord } from "./exclusive-geometry.js";
import { ExclusiveInspection } from "./exclusive-inspection.js";
import { ExclusiveSuperblocks } from "./exclusive-superblocks.js";
import { ExclusiveSupply } from "./exclusive-supply.js";

const { local: LOCAL, used: USED, full: FULL, interior: INTERIOR } = EXCLUSIVE_SUPERBLOCK;
// an exported table is read anew on each call, an unexported number is not
const OWNER_MASK = EXCLUSIVE_NOTE.owner.maximum;
const CLASS_MASK = EXCLUSIVE_NOTE.sizeClass.maximum;
const ALREADY_FREE = "no block that is in use begins there";

export class ExclusiveSlabs implements Allocator, Classes, Trims {
  readonly progress: Progress;
  readonly count: number;
  private readonly memory: Memory;
  private readonly map: PageMap;
  private readonly sizes: SizeClasses;
  private readonly owner: number;
  private readonly thread: number;
  private readonly maximum: number;
  private readonly firstWord: number;
  private readonly geometry: ExclusiveGeometry;
  private readonly superblocks: ExclusiveSuperblocks;
  private readonly supply: ExclusiveSupply;
  private readonly inspection: ExclusiveInspection;
  private readonly extents: ExclusiveExtents;

  /** @param sizes multiples of 16 up to 16 MiB. @throws RangeError for others */
  constructor(root: Root, private readonly spans: MappedSpans, sizes: SizeClasses) {
    this.memory = root.memory;
    this.map = spans.map;
    this.sizes = sizes;
    this.count = sizes.count;
    this.maximum = sizes.maximum;
    this.owner = spans.map.newOwner();
    this.thread = root.threads.id;
    this.geometry = new ExclusiveGeometry(sizes);
    this.superblocks = new ExclusiveSuperblocks(root, spans, this.geometry, this.owner);
    this.supply = new ExclusiveSupply(root, this.superblocks, this.geometry);
    this.inspection = new ExclusiveInspection(root.memory, this.geometry, this.superblocks, root.threads);
    this.extents = new ExclusiveExtents(root.memory, this.geometry, this.superblocks);
    this.firstWord = this.supply.lists.firstWord;
    this.progress = weakest(spans.progress, this.supply.progress);
  }

  /** Without an atomic, as long as the superblock in use has a free block. */
  allocate(bytes: number): number {
    return bytes > this.maximum ? 0 : this.allocateIn(this.sizes.classOf(bytes));
  }

  private allocateIn(c: number): number {
    const { i32 } = this.memory;
    const superblock = i32[this.firstWord + c];
    const w = superblock >>> 2;
    const block = superblock === 0 ? 0 : i32[w + LOCAL];
    if (block === 0) return this.supply.refill(c) ? this.allocateIn(c) : 0;
    const offset = block - superblock;
    i32[w + LOCAL] = i32[block >>> 2];
    i32[w + USED]++;
    i32[liveWord(superblock, offset)] |= 1 << (offset >>> 4);
    return block >>> 0;
  }

  /** An address inside a block that is large enough, with the bit moved there; of that block, free takes no other. */
  allocateAligned(alignment: number, bytes: number): number {
    if (alignment <= 16) return this.allocate(bytes);
    const block = this.allocate(Math.max(bytes, 1) + alignment - 16);
    const distance = (alignment - (block % alignment)) % alignment;
    if (block === 0 || distance === 0) return block;
    const { i32 } = this.memory;
    const superblock = this.geometry.superblockOf(block, this.map.noteAt(block));
    const offset = block - superblock;
    i32[(superblock >>> 2) + INTERIOR] = 1;
    // for a moment the block is not live, but never live twice
    i32[liveWord(superblock, offset)] &= ~(1 << (offset >>> 4));
    i32[liveWord(superblock, offset + distance)] |= 1 << ((offset + distance) >>> 4);
    return block + distance;
  }

  /** Without an atomic for the thread that owns the superblock; two or three for others. */
  free(address: number): void {
    const note = this.noteOf(address);
    const c = (note >>> 4) & CLASS_MASK;
    const superblock = this.geometry.superblockOf(address, note);
    const offset = address - superblock;
    if (this.memory.racyLoad(this.map.detailWord(superblock)) !== this.thread) {
      if (!this.superblocks.freed.set(superblock, c, offset)) throw new InvalidAddressError(address, ALREADY_FREE);
      return;
    }
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    const block = this.superblocks.blockAt(superblock, c, address);
    i32[liveWord(superblock, offset)] &= ~(1 << (offset >>> 4));
    i32[block >>> 2] = i32[w + LOCAL];
    i32[w + LOCAL] = block;
    if (--i32[w + USED] === 0 || i32[w + FULL] !== 0) this.supply.relist(c, superblock);
  }

  /**
   * The note of the page of a live block, which is brought into view.
   * @throws InvalidAddressError when no live block was given out at `address`
   */
  private noteOf(address: number): number {
    const note = this.map.noteAt(address);
    if ((note & OWNER_MASK) !== this.owner) throw new InvalidAddressError(address, "its page holds no blocks");
    if (!this.isLive(address, note)) throw new InvalidAddressError(address, ALREADY_FREE);
    return note;
  }

  /** The bits of a block do not change as long as it is live; others of the same words may, meanwhile. */
  private isLive(address: number, note: number): boolean {
    if (address >= this.memory.end) this.memory.reach(address);
    const superblock = this.geometry.superblockOf(address, note);
    const offset = address - superblock;
    const w = liveWord(superblock, offset);
    const live = this.memory.racyLoad(w) & ~this.memory.racyLoad(w + this.geometry.bitWords[(note >>> 4) & CLASS_MASK]);
    return (offset & 15) === 0 && (live & (1 << (offset >>> 4))) !== 0;
  }

  owns(address: number): boolean {
    return (this.map.noteAt(address) & OWNER_MASK) === this.owner;
  }

  usableSize(address: number): number {
    const note = this.noteOf(address);
    const c = (note >>> 4) & CLASS_MASK;
    const superblock = this.geometry.superblockOf(address, note);
    return this.geometry.startOf(superblock, c, address) + this.geometry.blockBytes[c] - address;
  }

  /** A block keeps its size; it serves what fits into it. */
  resize(address: number, bytes: number): boolean {
    return bytes <= this.usableSize(address);
  }

  isZero(): boolean {
    return false;
  }

  blocksOf(sizeClass: number): Blocks {
    return new BlocksOfSize(this, this.memory, this.geometry.blockBytes[sizeClass]);
  }

  /** Only of a live block that begins at its start; an address that was aligned up inside of one is freed by its address alone. */
  classAt(address: number): number {
    const note = this.map.noteAt(address);
    if ((note & OWNER_MASK) !== this.owner || !this.isLive(address, note)) return -1;
    const c = (note >>> 4) & CLASS_MASK;
    const superblock = this.geometry.superblockOf(address, note);
    return this.superblocks.blockAt(superblock, c, address) === address ? c : -1;
  }

  /** Gives back what others have emptied, what was abandoned empty, and the empty superblocks that this thread keeps. */
  trim(): void {
    this.supply.collect();
  }

  leave(): void {
    this.supply.leave();
  }

  reclaim(threadId: number, slot: number): void {
    this.supply.reclaim(threadId, slot);
  }

  metadataBytes(): number {
    return this.supply.headerBytes();
  }

  walk(visit: Visit): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.inspection.walk(visit);
  }

  inspect(to: Inspector): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    return Math.max(this.extents.inspect(this.thread, to), this.extents.canMake(this.spans.longestFree()));
  }

  check(): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.inspection.check(this.supply);
  }
}
