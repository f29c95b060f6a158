/**
 * What can be done to one slab by the thread that owns its page. The live bits are the truth; whether a slab is full or
 * empty, and where its next free block is, is read off them.
 */
import type { Memory } from "@heapwright/core";
import { cursorOf, type Cursors } from "./cursors.js";
import type { OwnedPages } from "./owned-pages.js";
import {
  FIRST_UNIT_START, liveWord, pageOf, SHORT_WAY, startOf, UNIT_BYTES, UNITS, unitValue, unitWord, WHOLE_PAGE_START,
} from "./private-layout.js";
import type { SlabRings } from "./slab-rings.js";
import type { SlabShapes } from "./slab-shapes.js";

/** Units of a class's slabs that are worth being told apart from those of the finer one. */
const MANY = 8;

export class Slabs {
  /** Per class, units of the slabs that this thread has formed and not freed: only decides how long the next one is. */
  private readonly formed: Int32Array;
  /** Units of empty slabs, but those being allocated from, about: only decides when to look for them. */
  private emptyUnits = 0;
  /** Per class, looks at slabs that were allowed and not needed; see {@link goOn}. */
  private readonly sparedLooks: Int32Array;
  /** Pages that empty slabs alone keep although they have free units, about; and the one that was found last. */
  private deadPages = 0;
  private lastDead = 0;

  constructor(
    private readonly memory: Memory,
    private readonly shapes: SlabShapes,
    private readonly pages: OwnedPages,
    private readonly rings: SlabRings,
    private readonly cursors: Cursors,
  ) {
    this.formed = new Int32Array(shapes.count);
    this.sparedLooks = new Int32Array(shapes.count);
  }

  /** Whether a class of its own is worth while for what fits class `c`, of the requests that class `next` has served. */
  isWorth(c: number, next: number): boolean {
    return this.formed[next] >= MANY || this.rings.next(c) !== 0;
  }

  /** Blocks that a slab of class `c` has. */
  capacity(c: number, slab: number): number {
    const start = startOf(pageOf(slab), this.memory.i32[unitWord(slab)]);
    return this.shapes.capacity(c, start, slab + this.pages.length(slab) * UNIT_BYTES);
  }

  /** The slab that a unit's word, of a page, belongs to. */
  slabOf(page: number, unit: number): number {
    return (startOf(page, unit) & -UNIT_BYTES) >>> 0;
  }

  /**
   * Makes a new slab the one being allocated from. It is half as long as all that the class has, up to a page: so that few blocks
   * take little, many, few steps, and short slabs that become empty serve other classes. What is free in the pages there are is used
   * first, though it be a half or a quarter as long; and before another page is acquired, what is empty goes, if that is worth while.
   * @param looks open pages of each list that are looked at
   * @returns false when there is no memory
   */
  form(c: number, looks: number): boolean {
    const least = this.shapes.leastUnits[c];
    let wanted = least;
    while (wanted < UNITS && wanted * 4 <= this.formed[c]) wanted = Math.min(wanted * 2, UNITS);
    for (let units = wanted; units >= least; units >>>= 1) {
      if (this.formIn(c, units, looks)) return true;
    }
    if (this.freeMany()) return this.form(c, looks);
    // the least length need not be one of the halves; such runs are left to others as long as there are pages
    const units = this.pages.acquire() === 0 ? least : wanted;
    return this.formIn(c, units, looks);
  }

  /** A slab shorter than those of class `c` should be, in which more may be left over: when there are no longer runs of units, and no pages. */
  formShort(c: number, looks: number): boolean {
    for (let units = this.shapes.leastUnits[c] - 1; units * UNIT_BYTES >= this.shapes.blockBytes[c]; units--) {
      if (this.formIn(c, units, looks)) return true;
    }
    return false;
  }

  private formIn(c: number, units: number, looks: number): boolean {
    const fitsFirst = this.shapes.capacity(c, FIRST_UNIT_START, units * UNIT_BYTES) > 0;
    const slab = this.pages.cut(units, fitsFirst ? 0 : 1, 1, looks);
    if (slab === 0) return false;
    const start = units === UNITS ? slab + WHOLE_PAGE_START : Math.max(slab, pageOf(slab) + FIRST_UNIT_START);
    this.pages.form(slab, units, unitValue(start, SHORT_WAY, c));
    this.formed[c] += units;
    this.rings.insert(c, slab);
    return this.cursors.enter(c, slab, this.capacity(c, slab), 0);
  }

  /**
   * Allocates from the next slab of the ring that has a free block. Looks that are not needed are spared for later, so that a
   * program which keeps a row of slabs full, and in the others a block each, does not get a slab more whenever that row comes.
   * @param looks slabs that are looked at, beside those spared
   * @returns false when none of them has one
   */
  goOn(c: number, looks: number): boolean {
    const first = this.rings.next(c);
    let slab = first;
    let left = Math.min(looks + this.sparedLooks[c], this.most());
    this.sparedLooks[c] = 0;
    for (; left > 0 && slab !== 0; left--) {
      const capacity = this.capacity(c, slab);
      const k = this.cursors.freeWord(slab, capacity);
      const next = this.rings.after(slab);
      if (k >= 0) {
        if (this.emptyUnits > 0 && this.isEmpty(c, slab)) this.emptyUnits = Math.max(0, this.emptyUnits - this.pages.length(slab));
        this.rings.turnTo(c, next);
        this.sparedLooks[c] = left - 1;
        return this.cursors.enter(c, slab, capacity, k);
      }
      slab = next === first ? 0 : next;
    }
    if (slab !== 0) this.rings.turnTo(c, slab);
    return false;
  }

  /** Whether no block of a slab is live. From both ends, since blocks are often freed in their order, or against it. */
  isEmpty(c: number, slab: number): boolean {
    const { i32 } = this.memory;
    const w = liveWord(slab);
    if (i32[w] !== 0) return false;
    let k = (this.capacity(c, slab) - 1) >>> 5;
    while (k > 0 && i32[w + k] === 0) k--;
    return k === 0;
  }

  /**
   * All blocks of a word of a slab's live bits are free. If those of all words are, the slab is empty; it stays, so
   * that what is freed and allocated again and again does not cost it each time, until a few pages and a quarter of all are empty.
   */
  retire(c: number, slab: number): void {
    if (!this.isEmpty(c, slab)) return;
    this.emptyUnits += this.pages.length(slab);
    this.unitsFreed(pageOf(slab));
    this.sweepIfTooMuch();
  }

  /** Since fewer pages have been held, or more is empty. */
  sweepIfTooMuch(): void {
    const { kept, held } = this.pages;
    const most = kept > held >>> 2 ? kept : held >>> 2;
    if (this.emptyUnits > most * UNITS || this.deadPages > most) this.sweep();
  }

  /**
   * Units of a page of ours have been freed, or a slab there is empty, and others are in use: perhaps by empty slabs alone. A short
   * one keeps a whole page, so such pages are counted by themselves, and as many are enough.
   */
  unitsFreed(page: number): void {
    if (page === this.lastDead || !this.pages.isDead(page)) return;
    this.lastDead = page;
    this.deadPages++;
  }

  /** Frees the empty slabs, but those being allocated from. @returns whether there were some */
  private sweep(): boolean {
    this.deadPages = 0;
    this.lastDead = 0;
    if (this.emptyUnits === 0) return false;
    this.emptyUnits = 0;
    let any = false;
    for (let c = 0; c < this.shapes.count; c++) {
      const first = this.rings.next(c);
      if (first === 0) continue;
      const current = this.cursors.slab(c);
      let slab = this.rings.after(first);
      for (let left = this.most(); slab !== first && left > 0; left--) {
        const next = this.rings.after(slab);
        if (this.freeIfEmpty(c, slab, current)) any = true;
        slab = next;
      }
      if (this.freeIfEmpty(c, first, current)) any = true;
    }
    return any;
  }

  /** As many slabs as fit in the pages: a ring that a program has overwritten may have no end. */
  private most(): number {
    return this.pages.held * UNITS;
  }

  private freeIfEmpty(c: number, slab: number, current: number): boolean {
    if (this.memory.i32[liveWord(slab)] !== 0 || slab === current || !this.isEmpty(c, slab)) return false;
    this.free(c, slab);
    return true;
  }

  private free(c: number, slab: number): void {
    const units = this.pages.length(slab);
    this.formed[c] = Math.max(0, this.formed[c] - units);
    this.rings.remove(c, slab);
    this.pages.free(slab, units);
  }

  /** Frees the empty slabs if they are a sixteenth of all units, since those that are freed for something else are soon formed anew. @returns whether there were some */
  private freeMany(): boolean {
    return this.emptyUnits > this.pages.held && this.freeEmpty("likely");
  }

  /** The same if they are more than pages may keep anyhow, too. */
  tidy(): void {
    if (this.emptyUnits > this.pages.kept * UNITS) this.freeMany();
  }

  /**
   * Frees the slabs that are empty, those being allocated from as well.
   * @param effort `likely`: rings are looked through only if some there are counted
   * @returns whether there were some
   */
  freeEmpty(effort: "likely" | "certain"): boolean {
    if (effort === "certain") this.emptyUnits = UNITS;
    let any = this.sweep();
    for (let c = 0; c < this.shapes.count; c++) {
      const slab = this.cursors.slab(c);
      if (slab === 0 || !this.isEmpty(c, slab)) continue;
      this.cursors.quit(cursorOf(c));
      this.free(c, slab);
      any = true;
    }
    return any;
  }

  /** Puts a slab with live blocks, of a page that has just become ours, where it belongs. */
  place(c: number, slab: number): void {
    this.rings.insert(c, slab);
    if (this.cursors.freeWord(slab, this.capacity(c, slab)) >= 0) this.rings.turnTo(c, slab);
  }
}
