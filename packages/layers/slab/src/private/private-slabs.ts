/**
 * Slabs that belong to one thread each (as the pages of mimalloc, Leijen, Zorn and de Moura 2019, and the slabs of snmalloc,
 * Lietar et al. 2019), with a live bit for each block instead of a list of free ones. While its owner lives, nobody else
 * writes a slab's bits; so allocating, and freeing what one has allocated, takes no atomic operation, reads a handful of
 * words, writes one, and touches no block. Who frees another thread's block sends it home in a batch.
 *
 * The lowest free bit of one word, and back, is `short-ways.ts`; {@link PrivateSupply} is the long way.
 */
import {
  InvalidAddressError, PAGE_BYTES, weakest,
  type Allocator, type Blocks, type Classes, type Fixes, type FreesOwn, type Inspector, type MappedSpans, type PageMap, type Progress, type Root, type SizesOwn, type Tidies, type Trims, type Visit,
} from "@heapwright/core";
import { BlocksOfSize } from "../blocks-of-size.js";
import { cursorOf, Cursors } from "./cursors.js";
import { OwnUnit } from "./own-units.js";
import { OwnedPages } from "./owned-pages.js";
import { PageOwnership, PRIVATE_PAGES } from "./page-ownership.js";
import {
  classOf, FIRST_UNIT_START, LARGEST_SLAB_BLOCK, pageOf, PRIVATE_NOTE, UNIT_BYTES, unitWord, WHOLE_UNITS,
} from "./private-layout.js";
import { PrivateExtents } from "./private-extents.js";
import { PrivateInspection } from "./private-inspection.js";
import { PrivateSupply } from "./private-supply.js";
import { RemoteFrees } from "./remote-frees.js";
import { SlabRings } from "./slab-rings.js";
import { SlabShapes } from "./slab-shapes.js";
import { ShortWays } from "./short-ways.js";
import { Slabs } from "./slabs.js";
import { ThreadRow } from "./thread-row.js";
import { LARGEST_UNITS, UnitBlocks } from "./unit-blocks.js";

const OWNER_MASK = PRIVATE_NOTE.owner.maximum;
const NO_BLOCKS = "its page holds no blocks";
const NOT_LIVE = "no block that is in use begins there";

/** Blocks up to this size are not worth moving to a smaller one. */
const SMALL = 128;
/** Largest request that {@link PrivateSlabs} serves, in bytes. */
export const LARGEST_PRIVATE_BLOCK = LARGEST_UNITS * UNIT_BYTES;

export class PrivateSlabs extends ShortWays implements Allocator, Classes, Fixes, FreesOwn, SizesOwn, Tidies, Trims {
  readonly progress: Progress;
  readonly count: number;
  /** But for some of whole units, which were asked for with an alignment. */
  readonly fixedUpTo = LARGEST_SLAB_BLOCK;
  private readonly map: PageMap;
  private readonly row: ThreadRow;
  private readonly shapes: SlabShapes;
  private readonly ownership: PageOwnership;
  private readonly unitBlocks: UnitBlocks;
  private readonly remote: RemoteFrees;
  private readonly slabs: Slabs;
  private readonly supply: PrivateSupply;
  private readonly inspection: PrivateInspection;
  private readonly extents: PrivateExtents;

  constructor(root: Root, private readonly spans: MappedSpans) {
    const { memory } = root;
    const shapes = new SlabShapes(LARGEST_SLAB_BLOCK);
    const row = new ThreadRow(root, shapes.count);
    const ownership = new PageOwnership(root, spans, spans.map.newOwner(), shapes.inverses);
    super(memory, new Cursors(memory, shapes, LARGEST_PRIVATE_BLOCK), ownership.units);
    this.map = spans.map;
    this.progress = weakest(spans.progress, "lock-free");
    this.shapes = shapes;
    this.count = shapes.count;
    this.row = row;
    this.ownership = ownership;
    const pages = new OwnedPages(memory, this.ownership, this.row);
    const rings = new SlabRings(memory, this.row);
    this.slabs = new Slabs(memory, this.shapes, pages, rings, this.cursors);
    this.unitBlocks = new UnitBlocks(memory, pages);
    this.remote = new RemoteFrees(memory, this.row, ownership.sums + PRIVATE_PAGES.sent);
    this.supply = new PrivateSupply(memory, this.shapes, this.row, this.ownership, pages, this.slabs, this.cursors, this.unitBlocks, this.remote);
    const { supply } = this;
    this.inspection = new PrivateInspection(root, spans, this.shapes, this.row, this.ownership, pages, rings, this.remote, (block) => supply.isLive(block));
    this.extents = new PrivateExtents(memory, this.shapes, this.row, this.ownership, this.remote, (block) => supply.bytesOf(block));
  }

  protected override refill(cursor: number, bytes: number): number {
    if (bytes === 0) return this.allocate(1);
    if (bytes > LARGEST_SLAB_BLOCK) return this.allocateUnits(bytes, 1);
    if (this.cursors.advance(cursor)) return this.cursors.take(cursor);
    const c = this.supply.refill(this.cursors.classAt(cursor), bytes);
    return c < 0 ? 0 : this.cursors.take(cursorOf(c));
  }

  private allocateUnits(bytes: number, alignment: number): number {
    // the first unit behind the page's header that is so aligned; what has room in the unit with the header has some there as well
    const first = alignment > UNIT_BYTES ? alignment : UNIT_BYTES;
    return first + bytes > PAGE_BYTES ? 0 : this.supply.allocateUnits(bytes, alignment);
  }

  /** From a class whose blocks are so aligned, or in whole units. */
  allocateAligned(alignment: number, bytes: number): number {
    const c = bytes > this.shapes.maximum ? -1 : this.shapes.alignedClass(this.cursors.classFor(bytes), alignment);
    if (c >= 0) return this.allocateIn(c);
    return this.allocateUnits(bytes, alignment);
  }

  /** A block of class `c` and no other: another's may be aligned less, and is not what a cache keeps for this one. */
  private allocateIn(c: number): number {
    const cursor = cursorOf(c);
    return this.cursors.take(cursor) || (this.supply.refill(c, this.shapes.blockBytes[c]) === c ? this.cursors.take(cursor) : 0);
  }

  /** Without an atomic for a thread's own blocks, and for others as {@link RemoteFrees} says. */
  free(address: number): void {
    if (!this.freeOwn(address)) throw new InvalidAddressError(address, NO_BLOCKS);
  }

  private refuse(address: number): never {
    throw new InvalidAddressError(address, NOT_LIVE);
  }

  /** The last block of a word: unless the next word has some, it may be the last of its slab. */
  protected override emptied(w: number, unit: number): void {
    if (((w + 1) & 7) !== 0 && this.memory.i32[w + 1] !== 0) return;
    const c = this.cursors.classAt(this.units[unit + OwnUnit.cursor]);
    this.slabs.retire(c, (this.units[unit + OwnUnit.start] & -UNIT_BYTES) >>> 0);
  }

  /** @throws InvalidAddressError when another thread has freed the block before, and it is still on its way home */
  private refuseFreed(address: number): void {
    if (this.remote.isOnItsWay(address)) this.refuse(address);
  }

  /** A block of whole units; one of a page just adopted; one that looks freed; another thread's. */
  protected override freeTheLongWay(address: number): boolean {
    if ((this.units[((address >>> 12) << OwnUnit.wordsLog2) + OwnUnit.live] | 0) === 0) return this.freeForeign(address);
    this.refuseFreed(address);
    if (!this.supply.freeOwn(address)) this.refuse(address);
    return true;
  }

  /**
   * The page's note is read once, and may be another by the time it is used. That is safe: while the block is live its page stays
   * one of this layer's, whoever owns it; who adopts it is decided by a CAS, and where that fails, or the owner has left since, the
   * block goes to the page's chain, which whoever owns the page next will take.
   * @returns false when the page is not this allocator's
   */
  private freeForeign(address: number): boolean {
    const note = this.map.noteAt(address);
    if ((note & OWNER_MASK) !== this.ownership.owner) return false;
    const bytes = this.liveBytes(address);
    if (!this.row.exists && !this.supply.join()) this.remote.sendOne(address);
    // nobody's: then its memory is of use only to one who makes it his own
    else if (PRIVATE_NOTE.thread.get(note) === 0 && this.supply.adopt(pageOf(address))) this.freeTheLongWay(address);
    else this.remote.keep(address, bytes);
    return true;
  }

  owns(address: number): boolean {
    return (this.map.noteAt(address) & OWNER_MASK) === this.ownership.owner;
  }

  usableSize(address: number): number {
    if (!this.owns(address)) throw new InvalidAddressError(address, NO_BLOCKS);
    return this.liveBytes(address);
  }

  /** Brings the block, in a page of this layer's, into view. @throws InvalidAddressError when no live block begins there, or it has been freed and is on its way home */
  private liveBytes(address: number): number {
    if (address >= this.memory.end) this.memory.reach(address);
    const bytes = this.supply.bytesOf(address);
    if (bytes === 0) this.refuse(address);
    this.refuseFreed(address);
    return bytes;
  }

  /** A block of a slab stays what it is, unless it is far too large; one of units is cut or grows, by its owner. */
  resize(address: number, bytes: number): boolean {
    const have = this.usableSize(address);
    const whole = classOf(this.memory.racyLoad(unitWord(address))) === WHOLE_UNITS;
    if (!whole) return bytes <= have && (bytes > have >>> 2 || have <= SMALL);
    return bytes > LARGEST_SLAB_BLOCK && bytes <= LARGEST_PRIVATE_BLOCK && this.ownership.isMine(address) && this.unitBlocks.resize(address, bytes);
  }

  isZero(): boolean {
    return false;
  }

  blocksOf(sizeClass: number): Blocks {
    this.cursors.refine(sizeClass);
    const allocate = (): number => this.allocateIn(sizeClass);
    const free = (address: number): void => this.free(address);
    return new BlocksOfSize({ progress: this.progress, allocate, free }, this.memory, this.shapes.blockBytes[sizeClass]);
  }

  /** Blocks of whole units have no class, nor have those that are on their way home. */
  classAt(address: number): number {
    if (!this.owns(address) || !this.memory.reach(address) || !this.supply.isLive(address) || this.remote.isOnItsWay(address)) return -1;
    const c = classOf(this.memory.racyLoad(unitWord(address)));
    return c === WHOLE_UNITS ? -1 : c;
  }

  /** Gathers what others have freed, adopts what was abandoned, and gives back what is empty. */
  trim(): void {
    this.supply.collect();
  }

  tidy(): void {
    this.supply.tidy();
  }

  leave(): void {
    this.supply.leave();
  }

  reclaim(threadId: number, slot: number): void {
    this.supply.reclaim(threadId, slot);
  }

  metadataBytes(): number {
    return this.inspection.metadataBytes();
  }

  walk(visit: Visit): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.inspection.walk(visit);
  }

  inspect(to: Inspector): number {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    const fresh = this.spans.longestFree() < PAGE_BYTES ? 0 : this.row.exists ? LARGEST_PRIVATE_BLOCK : LARGEST_PRIVATE_BLOCK - FIRST_UNIT_START;
    return Math.max(Math.min(this.extents.inspect(to), LARGEST_PRIVATE_BLOCK), fresh);
  }

  check(): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.inspection.check();
  }
}

