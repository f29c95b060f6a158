/**
 * Where a thread gets blocks when the slab it allocates from has no more: from the next of its slabs that has some; from
 * what others have freed in its pages; from pages that threads have left behind; from new slabs, in its own pages or in
 * new ones; and before it says that there is no memory, from all of that anywhere.
 *
 * It looks at the next {@link SLABS} of its slabs, in turn, before it forms another, and at as many more as it was spared since it
 * formed the last. So of n slabs of a class that it comes past in two rounds, it has formed at most n / 4 less those that had a free
 * block. Which did not in both rounds were full at one time; so the class grows only while more than 3/4 of its slabs are,
 * whatever a program keeps, and to 5/3 of the most that ever were.
 *
 * That others have freed something is announced, though not where. As long as a thread has not come round to all of its pages since, it looks
 * at the next {@link VISITS} of them, in turn, for each slab that it has used up, and each block of units that it wants. So before it comes to a
 * page where something has arrived, it fills at most one page for every {@link VISITS} that it has: what others have freed and it has not found
 * is no more than that, and what live blocks have become fewer by. It looks whether or not it has free blocks: if it did so only for lack of
 * some, it would use what it had found for so long, the longer the more pages it had, that at the next look as much would wait again, and
 * it would have formed slabs of classes that it had not met. A thread that needs nothing does not look.
 */
import type { Memory } from "@heapwright/core";
import { cursorOf, type Cursors } from "./cursors.js";
import { ALL_UNITS } from "./free-units.js";
import { FEW_LOOKS, type OwnedPages } from "./owned-pages.js";
import type { PageOwnership } from "./page-ownership.js";
import {
  classOf, FREE_UNIT, liveWord, LONG_WAY, pageOf, PRIVATE_PAGE, startOf, THREAD_WORDS, UNIT_BIT_WORDS, UNIT_BYTES, UNITS, unitValue, unitWord, WHOLE_UNITS,
} from "./private-layout.js";
import type { RemoteFrees } from "./remote-frees.js";
import type { SlabShapes } from "./slab-shapes.js";
import type { Slabs } from "./slabs.js";
import type { ThreadRow } from "./thread-row.js";
import type { UnitBlocks } from "./unit-blocks.js";

/** Pages looked at for each slab that is used up, and abandoned ones adopted at most for each slab or block of units that needs another. */
const VISITS = 3;
/** Slabs looked at for a free block, beside those spared before, before one is formed. */
const SLABS = 8;
/** More than there are slabs, or pages. An integer, since all that is compared with it would else be doubles. */
const EVERYWHERE = 2 ** 30;

export class PrivateSupply {
  /** Chains that had been sent when this thread looked last. */
  private heard = 0;
  /** Its pages that it has not come to since; those that it gets meanwhile are the last of the round, and not among them. */
  private unseen = 0;

  constructor(
    private readonly memory: Memory,
    private readonly shapes: SlabShapes,
    private readonly row: ThreadRow,
    private readonly ownership: PageOwnership,
    private readonly pages: OwnedPages,
    private readonly slabs: Slabs,
    private readonly cursors: Cursors,
    private readonly unitBlocks: UnitBlocks,
    private readonly remote: RemoteFrees,
  ) {}

  /** Gives this thread its row, in a new page of its own. @returns false when there is no memory for it */
  join(): boolean {
    return this.settleIn(this.ownership.acquire());
  }

  /** The same, or else in a page that was left behind: else those would fill the memory and be of use to nobody. */
  private joinAnyhow(): boolean {
    return this.row.exists || this.join() || this.settleIn(this.adoptWithRoom());
  }

  private settleIn(page: number): boolean {
    if (page === 0) return false;
    const row = page + this.unitForRow(page) * UNIT_BYTES;
    this.memory.fill(row, this.row.bytes, 0);
    this.ownership.units.form(unitWord(row), 1, unitValue(row, LONG_WAY, THREAD_WORDS));
    this.row.set(row);
    this.place(page);
    return true;
  }

  /** The last unit of a page of ours in which nothing is live; 0, the one with the page's header, when there is no other. */
  private unitForRow(page: number): number {
    return 31 - Math.clz32(this.takeStock(page, () => {}) | 1);
  }

  /** Adopts a page with a unit for a row, by what has been freed there till now; 0 when there is none. Others stay abandoned. */
  private adoptWithRoom(): number {
    let found = 0;
    this.ownership.pagesDo((page) => {
      if (found !== 0 || !this.ownership.isAbandoned(page) || !this.ownership.adopt(page)) return;
      this.clearFreed(page);
      if (this.unitForRow(page) === 0) this.ownership.abandon(page);
      else found = page;
    });
    return found;
  }

  /**
   * Makes the slab being allocated from one with a free block.
   * @param usual the class that requests of so many bytes have been served by
   * @returns the class that serves them from here on, or -1 when there is no memory
   */
  refill(usual: number, bytes: number): number {
    if (this.advance(usual)) return usual;
    this.lookAround(VISITS);
    if (this.slabs.goOn(usual, SLABS)) return usual;
    const c = this.refine(usual, bytes);
    if (c !== usual && this.slabs.goOn(c, SLABS)) return c;
    if (!this.joinAnyhow()) return -1;
    for (let left = VISITS; left > 0 && this.adoptAny("likely"); left--) {
      if (this.slabs.goOn(c, 1)) return c;
    }
    if (this.slabs.form(c, FEW_LOOKS)) return c;
    this.collect();
    if (this.slabs.goOn(c, EVERYWHERE) || this.slabs.form(c, EVERYWHERE) || this.slabs.formShort(c, EVERYWHERE)) return c;
    // requests that had the larger class until it was told apart may have filled memory with its blocks
    const larger = c + 1;
    return larger < this.shapes.count && (this.advance(larger) || this.slabs.goOn(larger, EVERYWHERE)) ? larger : -1;
  }

  private advance(c: number): boolean {
    return this.cursors.advance(cursorOf(c));
  }

  /** Serves such requests by slabs of their own if a slab is needed for them and that is worth while. @returns their class */
  private refine(usual: number, bytes: number): number {
    const c = this.shapes.finest(usual, bytes);
    if (c === usual || !this.slabs.isWorth(c, usual)) return usual;
    this.cursors.refine(c);
    return c;
  }

  /** A block of whole units; 0 when there is no memory. */
  allocateUnits(bytes: number, alignment: number): number {
    if (!this.joinAnyhow()) return 0;
    this.lookAround(VISITS);
    return this.unitBlocks.allocate(bytes, alignment, FEW_LOOKS) || this.seekUnits(bytes, alignment);
  }

  /** Where its own pages do not show one at once. */
  private seekUnits(bytes: number, alignment: number): number {
    const seek = (looks: number): number => this.unitBlocks.allocate(bytes, alignment, looks);
    const emptied = this.slabs.freeEmpty("likely") ? seek(FEW_LOOKS) : 0;
    if (emptied !== 0) return emptied;
    for (let left = VISITS; left > 0 && this.adoptAny("likely"); left--) {
      const adopted = seek(FEW_LOOKS);
      if (adopted !== 0) return adopted;
    }
    if (this.pages.acquire() !== 0) return seek(FEW_LOOKS);
    this.collect();
    return seek(EVERYWHERE) || (this.pages.acquire() === 0 ? 0 : seek(1));
  }

  /** Collects what others have freed of the next `count` pages, until it has come round to all since something was sent. */
  private lookAround(count: number): void {
    const sent = this.remote.count();
    if (sent !== this.heard) {
      this.heard = sent;
      this.unseen = this.pages.held;
    }
    for (let left = count; left > 0 && this.unseen > 0; left--) {
      this.unseen--;
      const page = this.pages.turn();
      if (page === 0) return;
      this.gather(page);
    }
  }

  /** Frees, for good, what others have freed in a page of ours. */
  private gather(page: number): void {
    if (this.remote.any(page)) this.remote.take(page, (block) => this.freeOwn(block));
  }

  /** Frees a block in a page of ours. @returns false when none that is live begins there */
  freeOwn(block: number): boolean {
    const { i32 } = this.memory;
    const page = pageOf(block);
    const unit = i32[unitWord(block)];
    const c = classOf(unit);
    if (c === WHOLE_UNITS) return this.freeUnits(page, block, unit);
    const index = this.indexAt(block, unit);
    const slab = this.slabs.slabOf(page, unit);
    const w = liveWord(slab) + (index >>> 5);
    const live = i32[w];
    const rest = live & ~(1 << index);
    if (index < 0 || rest === live) return false;
    i32[w] = rest;
    if (rest === 0 && this.cursors.slab(c) !== slab) this.slabs.retire(c, slab);
    return true;
  }

  private freeUnits(page: number, block: number, unit: number): boolean {
    if (block !== startOf(page, unit) || this.memory.i32[liveWord(block)] === 0) return false;
    if (this.unitBlocks.free(block)) this.slabs.unitsFreed(page);
    this.slabs.sweepIfTooMuch();
    return true;
  }

  /** The number of the block of a slab, whose unit has this word, that begins at `address`; -1 when none does. */
  private indexAt(address: number, unit: number): number {
    const c = classOf(unit);
    const offset = address - startOf(pageOf(address), unit);
    return c < this.shapes.count && offset >= 0 && (unit & 0xfff0) !== 0 ? this.shapes.indexAt(c, offset) : -1;
  }

  /** Whether a live block begins at `address`, in a page of anybody's. What is live stays so while it is asked for. */
  isLive(address: number): boolean {
    return this.bytesOf(address) !== 0;
  }

  /** Bytes of the live block that begins at `address`, in a page of anybody's; 0 when none does. */
  bytesOf(address: number): number {
    const { memory } = this;
    const unit = memory.racyLoad(unitWord(address));
    const live = liveWord(this.slabs.slabOf(pageOf(address), unit));
    const c = classOf(unit);
    if (c === WHOLE_UNITS) return address === startOf(pageOf(address), unit) && memory.racyLoad(live) !== 0 ? this.pages.length(address) * UNIT_BYTES - (address & (UNIT_BYTES - 1)) : 0;
    const index = this.indexAt(address, unit);
    return index >= 0 && (memory.racyLoad(live + (index >>> 5)) & (1 << index)) !== 0 ? this.shapes.blockBytes[c] : 0;
  }

  /**
   * Adopts the page of a block that is to be freed, if nobody owns it; and looks at others of its own, since a thread that
   * only frees gets ever more pages in this way, and the last blocks of those may be freed by anybody.
   */
  adopt(page: number): boolean {
    if (!this.ownership.adopt(page)) return false;
    this.place(page);
    this.lookAround(VISITS);
    return true;
  }

  private adoptAny(effort: "likely" | "certain"): boolean {
    const page = this.ownership.adoptAny(effort);
    if (page !== 0) this.place(page);
    return page !== 0;
  }

  /** Puts all that is in a page that has become ours, and the page, where it belongs. */
  private place(page: number): void {
    // first, so that a slab which others have freed blocks of is placed among those with free ones
    this.clearFreed(page);
    const free = this.takeStock(page, (c, first) => {
      if (c < this.shapes.count) this.slabs.place(c, first);
    });
    this.memory.i32[(page >>> 2) + PRIVATE_PAGE.freeUnits] = free;
    this.pages.enlist(page);
    if (free === ALL_UNITS) this.pages.free(page, UNITS);
  }

  /**
   * Takes stock of a page of ours by its units and live bits alone, which its last owner may have left at any step: units
   * that are no live block's are free from here on.
   * @param visit is told the class and the first unit of each run with something live
   * @returns a bit for each free unit
   */
  private takeStock(page: number, visit: (c: number, first: number) => void): number {
    const { i32 } = this.memory;
    let free = 0;
    for (let unit = 0; unit < UNITS; ) {
      const first = page + unit * UNIT_BYTES;
      const c = classOf(i32[unitWord(first)]);
      if (this.isInUse(page, first, c)) {
        visit(c, first);
        unit += this.pages.length(first);
      } else {
        this.ownership.units.free(unitWord(first), 1);
        free |= 1 << unit++;
      }
    }
    return free;
  }

  /** Whether a run begins at `first` that holds something live, or this thread's words. */
  private isInUse(page: number, first: number, c: number): boolean {
    const unit = this.memory.i32[unitWord(first)];
    if ((unit & 0xfff0) === 0 || this.slabs.slabOf(page, unit) !== first) return false;
    if (c === WHOLE_UNITS) return this.memory.i32[liveWord(first)] !== 0;
    return c < this.shapes.count ? !this.slabs.isEmpty(c, first) : first === this.row.address;
  }

  /** Gathers all there is for this thread to have: the last resort before memory is said to be exhausted. */
  collect(): void {
    // without a page of its own it can gain nothing but what was abandoned, and a page for that would be in others' way
    if (!this.row.exists && (!this.ownership.anyAbandoned() || !this.joinAnyhow())) return;
    this.remote.sendAll();
    // what was freed in one page may have been the last of another, which is somebody else's by now
    for (const page of this.pages.all()) if (this.ownership.isMine(page)) this.gather(page);
    while (this.adoptAny("certain"));
    this.slabs.freeEmpty("certain");
    this.pages.releaseEmpty();
  }

  /** Gives back what is empty, as far as that is known without a search: others are about to need pages. */
  tidy(): void {
    this.slabs.tidy();
    this.pages.releaseEmpty();
  }

  /** This thread's pages go back, or to others. Its row goes last, since the ring of pages begins there. */
  leave(): void {
    if (!this.row.exists) return;
    this.remote.sendAll();
    const home = pageOf(this.row.address);
    const pages = this.pages.all().filter((page) => page !== home);
    for (const page of pages) this.pages.delist(page);
    for (const page of pages) this.part(page);
    const row = this.row.address;
    this.cursors.quitAll();
    this.ownership.units.free(unitWord(row), 1);
    this.row.drop();
    this.part(home);
  }

  /** Gives a page back that is on no list, or leaves it to others if something in it is live. */
  private part(page: number): void {
    const w = (page >>> 2) + PRIVATE_PAGE.live;
    this.clearFreed(page);
    if (this.memory.i32.subarray(w, w + UNITS * UNIT_BIT_WORDS).every((bits) => bits === 0)) this.ownership.release(page);
    else this.ownership.abandon(page);
  }

  /** Makes what others have freed in a page of ours, on no list, no longer live. */
  private clearFreed(page: number): void {
    const live = new Set<number>();
    this.remote.take(page, (block) => this.isLive(block) && live.add(block));
    for (const block of live) this.clear(block);
  }

  /** Clears a live bit, and nothing else: whoever adopts the page takes stock of it. */
  private clear(block: number): void {
    const unit = this.memory.i32[unitWord(block)];
    const slab = this.slabs.slabOf(pageOf(block), unit);
    const c = classOf(unit);
    const index = c === WHOLE_UNITS ? 0 : this.shapes.indexAt(c, block - startOf(pageOf(block), unit));
    this.memory.i32[liveWord(slab) + (index >>> 5)] &= ~(1 << index);
  }

  /** Sends home what a dead thread had freed; of its pages those that are empty go back, since nobody may ever look for them, the rest to others. */
  reclaim(threadId: number, slot: number): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    const row = this.row.of(slot);
    this.remote.sendFor(row, (block) => this.isLive(block));
    // its page is still the dead thread's, so nobody else writes there
    if (row !== 0) this.memory.i32[unitWord(row)] = FREE_UNIT;
    this.row.forget(slot);
    this.ownership.inherit(threadId, (page) => this.part(page));
  }
}
