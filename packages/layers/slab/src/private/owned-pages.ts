/**
 * The pages of one thread: a ring of all, in which they are looked at in turn, and lists of those with free units, from
 * which runs of units are cut. There is a list for each length that the longest run of a page may have, so that one which is long enough is found at once,
 * and the shortest of these: long ones stay long, and pages become empty. Plain words throughout, since nobody else touches them; what is on which list follows from
 * the units of a page, and is derived anew when it gets another owner.
 */
import { HeapCorruptionError, PAGE_BYTES, type Memory } from "@heapwright/core";
import { ALL_UNITS, findRun, longestRun, maskOf } from "./free-units.js";
import type { PageOwnership } from "./page-ownership.js";
import { LAYER, pageOf, PRIVATE_PAGE, UNIT_BIT_WORDS, UNIT_BYTES, UNITS, unitOf, unitWord, WHOLE_PAGE_START } from "./private-layout.js";
import { PRIVATE_ROW, type RowWords } from "./thread-row.js";

const { next: NEXT, previous: PREVIOUS, openNext: OPEN_NEXT, openPrevious: OPEN_PREVIOUS, freeUnits: FREE_UNITS } = PRIVATE_PAGE;
/** Open pages of each list that are looked at for a run of units, unless memory is short: usually the first will do, but where the run is to be aligned. */
export const FEW_LOOKS = 16;

/**
 * Of the pages of a thread in which nothing is live, so many stay of each kind, since who has and frees much the same again and again would
 * need them soon; fewer in memories so small that others would miss them.
 */
const KEPT = 4;
/** Pages of the memory for each that a thread may keep. */
const PAGES_FOR_ONE = 256;

export class OwnedPages {
  /** Pages on this thread's ring. */
  held = 0;
  /** A bit for each length of which there is a page on this thread's list. */
  private lengths = 0;
  /** Pages on the list of the longest. */
  private empty = 0;
  /** Empty pages that stay; and pages that empty slabs may fill, or keep beside free units, however few there are. */
  readonly kept: number;

  constructor(
    private readonly memory: Memory,
    private readonly ownership: PageOwnership,
    private readonly row: RowWords,
  ) {
    this.kept = Math.min(KEPT, Math.ceil(memory.maximumBytes / (PAGES_FOR_ONE * PAGE_BYTES)));
  }

  /** A page without a unit in use, on the ring and open; 0 when there is no memory. Only for a thread with a row. */
  acquire(): number {
    const page = this.ownership.acquire();
    if (page !== 0) this.enlist(page);
    return page;
  }

  /** Puts a page of ours on the ring, and on the list that it belongs on by its free units. */
  enlist(page: number): void {
    const { i32 } = this.memory;
    const w = page >>> 2;
    const ring = this.row.word(PRIVATE_ROW.ring);
    const next = i32[ring] === 0 ? page : i32[ring];
    const previous = i32[ring] === 0 ? page : i32[(next >>> 2) + PREVIOUS];
    i32[w + NEXT] = next;
    i32[w + PREVIOUS] = previous;
    i32[(previous >>> 2) + NEXT] = page;
    i32[(next >>> 2) + PREVIOUS] = page;
    if (i32[ring] === 0) i32[ring] = page;
    this.held++;
    this.open(page, longestRun(i32[w + FREE_UNITS]));
  }

  /** The page to be looked at next, which becomes the last of the round; 0 when there is none. */
  turn(): number {
    const { i32 } = this.memory;
    const ring = this.row.word(PRIVATE_ROW.ring);
    const page = i32[ring] >>> 0;
    if (page !== 0) i32[ring] = i32[(page >>> 2) + NEXT];
    return page;
  }

  /** All pages of this thread. */
  all(): number[] {
    return this.ringOf(this.row);
  }

  /** The pages of the thread of a row. Quiescent, unless it is this thread's. @throws HeapCorruptionError when links lead astray */
  ringOf(row: RowWords): number[] {
    return this.linked(row.word(PRIVATE_ROW.ring), NEXT);
  }

  /** Those whose longest run of free units has `length`. */
  openOf(row: RowWords, length: number): number[] {
    return this.linked(row.open(length), OPEN_NEXT);
  }

  private linked(head: number, link: number): number[] {
    const { i32 } = this.memory;
    const pages = new Set<number>();
    for (let page = i32[head] >>> 0; page !== 0 && !pages.has(page); page = i32[(page >>> 2) + link] >>> 0) {
      if (page % PAGE_BYTES !== 0 || page >= this.memory.end) throw new HeapCorruptionError(page, LAYER, "a list of pages leads to what is none");
      pages.add(page);
    }
    return [...pages];
  }

  /** Puts a page on the list for runs of `length`; there is none for 0. */
  private open(page: number, length: number): void {
    if (length === 0) return;
    const { i32 } = this.memory;
    const head = this.row.open(length);
    const next = i32[head];
    i32[(page >>> 2) + OPEN_NEXT] = next;
    i32[(page >>> 2) + OPEN_PREVIOUS] = 0;
    if (next !== 0) i32[(next >>> 2) + OPEN_PREVIOUS] = page;
    i32[head] = page;
    this.lengths |= 1 << length;
    if (length === UNITS) this.empty++;
  }

  /** Takes a page off the list for runs of `length`. */
  private close(page: number, length: number): void {
    if (length === 0) return;
    const { i32 } = this.memory;
    const next = i32[(page >>> 2) + OPEN_NEXT];
    const previous = i32[(page >>> 2) + OPEN_PREVIOUS];
    i32[previous === 0 ? this.row.open(length) : (previous >>> 2) + OPEN_NEXT] = next;
    if (next !== 0) i32[(next >>> 2) + OPEN_PREVIOUS] = previous;
    else if (previous === 0) this.lengths &= ~(1 << length);
    if (length === UNITS) this.empty--;
  }

  /** Units of a page of ours, on the list for runs of `length`, are no longer free. */
  private use(page: number, length: number, units: number): void {
    const w = (page >>> 2) + FREE_UNITS;
    const free = this.memory.i32[w] & ~units;
    this.memory.i32[w] = free;
    const left = longestRun(free);
    if (left === length) return;
    this.close(page, length);
    this.open(page, left);
  }

  /**
   * Finds a run of `count` free units, which are no longer free. No run is formed of them yet: a death before that leaves them free.
   * @param from lowest unit that will do
   * @param multiple units before the run are a multiple of this
   * @param looks pages of each list that are looked at; a list that a program has overwritten may have no end, and has no more than there are pages
   * @returns the address of the first one, or 0 when none was found
   */
  cut(count: number, from: number, multiple: number, looks: number): number {
    const { i32 } = this.memory;
    for (let lengths = this.lengths & (-1 << count); lengths !== 0; lengths &= lengths - 1) {
      const length = 31 - Math.clz32(lengths & -lengths);
      let page = i32[this.row.open(length)] >>> 0;
      for (let left = looks < this.held ? looks : this.held; left > 0 && page !== 0; left--) {
        const unit = findRun(i32[(page >>> 2) + FREE_UNITS], count, from, multiple);
        if (unit >= 0) {
          this.use(page, length, maskOf(unit, count));
          return page + unit * UNIT_BYTES;
        }
        page = i32[(page >>> 2) + OPEN_NEXT] >>> 0;
      }
    }
    return 0;
  }

  /** Makes units that have just been cut a run. */
  form(first: number, count: number, value: number): void {
    this.ownership.units.form(unitWord(first), count, value);
  }

  /** Lengthens a run of ours, which has `value`, by `count` units of its page from `first` on. @returns false when they are not free */
  extend(first: number, count: number, value: number): boolean {
    const page = pageOf(first);
    const units = maskOf(unitOf(first), count);
    const free = this.memory.i32[(page >>> 2) + FREE_UNITS];
    if ((free & units) !== units) return false;
    this.use(page, longestRun(free), units);
    this.form(first, count, value);
    return true;
  }

  /**
   * Units of the run whose first unit is at `first`: those that say the same start. Asked also by who frees another thread's
   * block: it looks at the unit behind, which the owner may be changing, though never into a part of this run.
   */
  length(first: number): number {
    const { memory } = this;
    const w = unitWord(first);
    const start = memory.racyLoad(w) & 0xfff0;
    // the page is one slab: nothing else begins there
    if (start === WHOLE_PAGE_START) return UNITS;
    const end = w + UNITS - unitOf(first);
    let unit = w + 1;
    while (unit < end && (memory.racyLoad(unit) & 0xfff0) === start) unit++;
    return unit - w;
  }

  /** Whether a page of ours has free units and nothing live in the others. Where the thread's row is, that says nothing. */
  isDead(page: number): boolean {
    const { i32 } = this.memory;
    const w = page >>> 2;
    if (i32[w + FREE_UNITS] === 0 || page === pageOf(this.row.address)) return false;
    const end = w + PRIVATE_PAGE.live + UNITS * UNIT_BIT_WORDS;
    for (let live = w + PRIVATE_PAGE.live; live < end; live++) if (i32[live] !== 0) return false;
    return true;
  }

  /**
   * Frees units of ours, and the page with them if they were the last in use, unless {@link kept} suffices for all that are empty. A page that
   * stays becomes the first of its list: not every run of a length will do for all.
   * @returns whether others of the page are in use
   */
  free(first: number, count: number): boolean {
    const { i32 } = this.memory;
    const page = pageOf(first);
    const was = i32[(page >>> 2) + FREE_UNITS];
    const free = was | maskOf(unitOf(first), count);
    this.ownership.units.free(unitWord(first), count);
    i32[(page >>> 2) + FREE_UNITS] = free;
    this.close(page, longestRun(was));
    this.open(page, longestRun(free));
    if (free !== ALL_UNITS) return true;
    if (this.empty > this.kept) this.release(page);
    return false;
  }

  /** Gives the empty pages back that are kept. */
  releaseEmpty(): void {
    for (let left = this.empty; left > 0; left--) {
      const page = this.memory.i32[this.row.open(UNITS)] >>> 0;
      // a program may have overwritten the list
      if (!this.ownership.isMine(page) || this.memory.i32[(page >>> 2) + FREE_UNITS] !== ALL_UNITS) return;
      this.release(page);
    }
  }

  /** Takes a page of ours off the lists. */
  delist(page: number): void {
    const { i32 } = this.memory;
    const w = page >>> 2;
    const ring = this.row.word(PRIVATE_ROW.ring);
    const next = i32[w + NEXT];
    const previous = i32[w + PREVIOUS];
    i32[(previous >>> 2) + NEXT] = next;
    i32[(next >>> 2) + PREVIOUS] = previous;
    this.held--;
    if (i32[ring] >>> 0 === page) i32[ring] = next >>> 0 === page ? 0 : next;
    this.close(page, longestRun(i32[w + FREE_UNITS]));
  }

  private release(page: number): void {
    this.delist(page);
    this.ownership.release(page);
  }
}
