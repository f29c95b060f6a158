/**
 * Slabs that belong to one thread each (as the pages of mimalloc, Leijen, Zorn and de Moura 2019, and the slabs of snmalloc,
 * Lietar et al. 2019), with a live bit for each block instead of a list of free ones. While its owner lives, nobody else
 * writes a slab's bits; so allocating, and freeing what one has allocated, takes no atomic operation, reads a handful of
 * words, writes one, and touches no block. Who frees another thread's block sends it home in a batch.
 *
 * This file is the short way: the lowest free bit of one word, and back. {@link PrivateSupply} is the long one.
 */
import {
  InvalidAddressError, PAGE_BYTES, weakest,
  type Allocator, type Blocks, type Classes, type FreesOwn, type Inspector, type MappedSpans, type Memory, type PageMap, type Progress, type Root, type SizesOwn, type Tidies, type Trims, type Visit,
} from "@heapwright/core";
import { BlocksOfSize } from "../blocks-of-size.js";
import { OwnedPages } from "./owned-pages.js";
import { PageOwnership } from "./page-ownership.js";
import { pageOf, PRIVATE_NOTE, PRIVATE_PAGE, PRIVATE_UNIT, UNIT_BYTES, unitWord, WHOLE_UNITS } from "./private-layout.js";
import { PrivateExtents } from "./private-extents.js";
import { PrivateInspection } from "./private-inspection.js";
import { PrivateSupply } from "./private-supply.js";
import { FREED_MARK, RemoteFrees } from "./remote-frees.js";
import { SlabRings } from "./slab-rings.js";
import { INVERSE_BITS, SlabShapes } from "./slab-shapes.js";
import { Slabs } from "./slabs.js";
import { CURSOR, ThreadRow } from "./thread-row.js";
import { LARGEST_UNITS, UnitBlocks } from "./unit-blocks.js";

const OWNER_MASK = PRIVATE_NOTE.owner.maximum;
const NOT_LIVE = "no block that is in use begins there";

/** Largest class of a slab; larger blocks are whole units. */
const LARGEST_CLASS = 8192;
/** Blocks up to this size are not worth moving to a smaller one. */
const SMALL = 128;
/** Largest request that {@link PrivateSlabs} serves, in bytes. */
export const LARGEST_PRIVATE_BLOCK = LARGEST_UNITS * UNIT_BYTES;

export class PrivateSlabs implements Allocator, Classes, FreesOwn, SizesOwn, Tidies, Trims {
  readonly progress: Progress;
  readonly count: number;
  // Numbers that the short way needs: as fields they are read without a check; bundlers make variables of a module's constants,
  // and V8 (11.3) then loads and checks those on each call.
  private readonly largestClass = LARGEST_CLASS;
  private readonly live = PRIVATE_PAGE.live;
  private readonly slab = CURSOR.slab;
  private readonly mark = FREED_MARK;
  /** Bits that the distance from a slab's first block to another has not. */
  private readonly notABlock = -(2 ** 31) | 15;
  private readonly fraction = (1 << INVERSE_BITS) - 1;
  private readonly memory: Memory;
  private readonly map: PageMap;
  private readonly units: Int32Array;
  private readonly classes: Uint8Array;
  private readonly blockBytes: Int32Array;
  private readonly inverses: Int32Array;
  /** First word of this thread's cursors. */
  private cursors: number;
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
    this.memory = memory;
    this.map = spans.map;
    this.progress = weakest(spans.progress, "lock-free");
    this.shapes = new SlabShapes(LARGEST_CLASS);
    this.count = this.shapes.count;
    this.classes = this.shapes.classes;
    this.blockBytes = this.shapes.blockBytes;
    this.inverses = this.shapes.inverses;
    this.row = new ThreadRow(root, this.count);
    this.cursors = this.row.cursor(0);
    this.ownership = new PageOwnership(root, spans, spans.map.newOwner());
    this.units = this.ownership.units.table;
    const pages = new OwnedPages(memory, this.ownership, this.row);
    const rings = new SlabRings(memory, this.row);
    this.slabs = new Slabs(memory, this.shapes, pages, this.row, rings);
    this.unitBlocks = new UnitBlocks(memory, pages);
    this.remote = new RemoteFrees(memory, this.row, root.threads);
    this.supply = new PrivateSupply(memory, this.shapes, this.row, this.ownership, pages, this.slabs, this.unitBlocks, this.remote);
    this.inspection = new PrivateInspection(root, spans, this.shapes, this.row, this.ownership, pages, this.slabs, rings, this.remote);
    const { supply } = this;
    this.extents = new PrivateExtents(memory, root.threads, this.shapes, this.row, this.ownership, this.remote, (block) => supply.isLive(block), (block) => supply.bytesOf(block));
  }

  /** Without an atomic, as long as the word of live bits in use has a free one. */
  allocate(bytes: number): number {
    if (bytes > this.largestClass) return bytes > LARGEST_PRIVATE_BLOCK ? 0 : this.allocateUnits(bytes, 1);
    return this.allocateIn(this.classes[(bytes + 15) >>> 4], bytes);
  }

  private allocateIn(c: number, bytes: number): number {
    const { i32 } = this.memory;
    // sums that are cut to 32 bits are not checked for overflow
    const cursor = (this.cursors + c * 4) | 0;
    const w = i32[cursor];
    const live = i32[w];
    const free = i32[(cursor + 1) | 0] & ~live;
    if (free === 0) return this.refill(c, bytes);
    const lowest = free & -free;
    i32[w] = live | lowest;
    return (i32[(cursor + 2) | 0] + Math.imul(31 - Math.clz32(lowest), this.blockBytes[c])) >>> 0;
  }

  private refill(usual: number, bytes: number): number {
    const c = this.supply.refill(usual, bytes);
    this.cursors = this.row.cursor(0);
    return c < 0 ? 0 : this.allocateIn(c, bytes);
  }

  private allocateUnits(bytes: number, alignment: number): number {
    const block = this.supply.allocateUnits(bytes, alignment);
    this.cursors = this.row.cursor(0);
    return block;
  }

  /** From a class whose blocks are so aligned, or in whole units. */
  allocateAligned(alignment: number, bytes: number): number {
    const c = this.shapes.alignedClass(bytes, alignment);
    if (c >= 0) return this.allocateIn(c, this.blockBytes[c]);
    return alignment >= PAGE_BYTES || bytes > LARGEST_PRIVATE_BLOCK ? 0 : this.allocateUnits(bytes, alignment);
  }

  /** Without an atomic for a thread's own blocks, and for others as {@link RemoteFrees} says. */
  free(address: number): void {
    if (!this.freeOwn(address)) this.freeElsewhere(address);
  }

  /** Frees a block of a page of this thread's, without an atomic. */
  freeOwn(address: number): boolean {
    // beyond the table there is nothing
    const unit = this.units[address >>> 12] | 0;
    if ((unit & 15) !== 0) return this.freeTheLongWay(address);
    if (unit === 0) return false;
    const { i32 } = this.memory;
    const page = (address & -65536) >>> 2;
    const offset = (address & 0xffff) - (unit & 0xfff0);
    const inverse = this.inverses[unit >>> 16];
    // see SlabShapes: the index is above the point, and what is below says whether a block begins there
    const product = Math.imul(offset >> 4, inverse);
    // the unit the slab begins in is start >>> 12, and each has eight words
    const w = (page + this.live + ((unit & 0xf000) >>> 9) + (product >>> 25)) | 0;
    const bit = 1 << (product >>> 20);
    const live = i32[w];
    // an offset below 0 is in the page's header: then w is any word of the page
    if ((live & bit) === 0 || (offset & this.notABlock) !== 0 || (product & this.fraction) >= inverse) this.refuse(address);
    if ((i32[((address >>> 2) + 1) | 0] ^ address) === this.mark) this.refuseFreed(address);
    i32[w] = live & ~bit;
    if (live === bit) this.emptied(w, unit, page);
    return true;
  }

  /** Looks at the same words as {@link freeOwn}. */
  ownSize(address: number): number {
    const unit = this.units[address >>> 12] | 0;
    if (unit === 0 || (unit & 15) !== 0) return 0;
    const { i32 } = this.memory;
    const page = (address & -65536) >>> 2;
    const c = unit >>> 16;
    const offset = (address & 0xffff) - (unit & 0xfff0);
    const product = Math.imul(offset >> 4, this.inverses[c]);
    const live = i32[(page + this.live + ((unit & 0xf000) >>> 9) + (product >>> 25)) | 0];
    if ((live & (1 << (product >>> 20))) === 0 || (offset & this.notABlock) !== 0 || (product & this.fraction) >= this.inverses[c]) return 0;
    return (i32[((address >>> 2) + 1) | 0] ^ address) === this.mark ? 0 : this.blockBytes[c];
  }

  private refuse(address: number): never {
    throw new InvalidAddressError(address, NOT_LIVE);
  }

  /** The last block of a word: unless the next word has some, it may be the last of its slab; the slab in use stays as it is. */
  private emptied(w: number, unit: number, page: number): void {
    const { i32 } = this.memory;
    const slab = (page << 2) | (unit & 0xf000);
    if (((w + 1) & 7) !== 0 && i32[w + 1] !== 0) return;
    if (i32[this.cursors + (unit >>> 16) * 4 + this.slab] !== slab) this.slabs.retire(unit >>> 16, slab >>> 0);
  }

  /** @throws InvalidAddressError when another thread has freed the block before, and it is still on its way home */
  private refuseFreed(address: number): void {
    if (this.remote.isOnItsWay(address)) this.refuse(address);
  }

  /** A block of whole units, or of a page just adopted. */
  private freeTheLongWay(address: number): true {
    this.refuseFreed(address);
    if (!this.supply.freeOwn(address)) this.refuse(address);
    return true;
  }

  private freeElsewhere(address: number): void {
    this.refuseUnlessLive(address);
    const page = pageOf(address);
    const note = this.map.noteAt(address);
    if (!this.row.exists && !this.supply.join()) return this.remote.sendOne(address);
    this.cursors = this.row.cursor(0);
    // nobody's: then its memory is of use only to one who makes it his own
    if (PRIVATE_NOTE.thread.get(note) === 0 && this.supply.adopt(page)) return void this.freeTheLongWay(address);
    this.remote.keep(address, this.supply.bytesOf(address));
  }

  /** @throws InvalidAddressError when no live block begins at `address`; it is brought into view */
  private refuseUnlessLive(address: number): void {
    if (!this.owns(address)) throw new InvalidAddressError(address, "its page holds no blocks");
    if (address >= this.memory.end) this.memory.reach(address);
    if (!this.supply.isLive(address) || this.remote.isOnItsWay(address)) this.refuse(address);
  }

  owns(address: number): boolean {
    return (this.map.noteAt(address) & OWNER_MASK) === this.ownership.owner;
  }

  usableSize(address: number): number {
    this.refuseUnlessLive(address);
    return this.supply.bytesOf(address);
  }

  /** A block of a slab stays what it is, unless it is far too large; one of units is cut or grows, by its owner. */
  resize(address: number, bytes: number): boolean {
    const have = this.usableSize(address);
    const whole = PRIVATE_UNIT.sizeClass.get(this.memory.racyLoad(unitWord(address))) === WHOLE_UNITS;
    if (!whole) return bytes <= have && (bytes > have >>> 2 || have <= SMALL);
    return bytes > LARGEST_CLASS && bytes <= LARGEST_PRIVATE_BLOCK && this.ownership.isMine(address) && this.unitBlocks.resize(address, bytes);
  }

  isZero(): boolean {
    return false;
  }

  blocksOf(sizeClass: number): Blocks {
    this.shapes.refine(sizeClass);
    return new BlocksOfSize(this, this.memory, this.shapes.blockBytes[sizeClass]);
  }

  /** Blocks of whole units have no class. */
  classAt(address: number): number {
    if (!this.owns(address) || !this.memory.reach(address) || !this.supply.isLive(address)) return -1;
    const c = PRIVATE_UNIT.sizeClass.get(this.memory.racyLoad(unitWord(address)));
    return c === WHOLE_UNITS ? -1 : c;
  }

  /** Gathers what others have freed, adopts what was abandoned, and gives back what is empty. */
  trim(): void {
    this.supply.collect();
    this.cursors = this.row.cursor(0);
  }

  tidy(): void {
    this.supply.tidy();
  }

  leave(): void {
    this.supply.leave();
    this.cursors = this.row.cursor(0);
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
    const fresh = this.spans.longestFree() < PAGE_BYTES ? 0 : this.row.exists ? LARGEST_PRIVATE_BLOCK : LARGEST_PRIVATE_BLOCK - UNIT_BYTES;
    return Math.max(this.extents.inspect(to), fresh);
  }

  check(): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    this.inspection.check();
  }
}

