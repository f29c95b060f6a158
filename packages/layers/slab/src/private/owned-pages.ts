/**
 * The pages of one thread: a ring of all, in which they are looked at in turn, and a list of those with free units, from
 * which runs of units are cut. Plain words throughout, since nobody else touches them; what is on which list follows from
 * the units of a page, and is derived anew when it gets another owner.
 */
import { countOnes, HeapCorruptionError, PAGE_BYTES, type Memory } from "@heapwright/core";
import type { PageOwnership } from "./page-ownership.js";
import { FREE_UNIT, LAYER, pageOf, PRIVATE_PAGE, UNIT_BIT_WORDS, UNIT_BYTES, UNITS, unitOf, unitWord } from "./private-layout.js";
import { PRIVATE_ROW, type RowWords } from "./thread-row.js";

const { next: NEXT, previous: PREVIOUS, openNext: OPEN_NEXT, openPrevious: OPEN_PREVIOUS, freeUnits: FREE_UNITS } = PRIVATE_PAGE;
const ALL_UNITS = (1 << UNITS) - 1;
/** Open pages that are looked at for a run of units, unless memory is short. */
export const FEW_LOOKS = 32;

export class OwnedPages {
  /** Pages on this thread's ring. */
  held = 0;

  constructor(
    private readonly memory: Memory,
    private readonly ownership: PageOwnership,
    private readonly row: RowWords,
  ) {}

  /** A page without a unit in use, on the ring and open; 0 when there is no memory. Only for a thread with a row. */
  acquire(): number {
    const page = this.ownership.acquire();
    if (page !== 0) this.enlist(page);
    return page;
  }

  /** Puts a page of ours on the ring, and among the open ones if it has free units. */
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
    if (i32[w + FREE_UNITS] !== 0) this.open(page);
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

  /** Those with free units. */
  openOf(row: RowWords): number[] {
    return this.linked(row.word(PRIVATE_ROW.open), OPEN_NEXT);
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

  private open(page: number): void {
    const { i32 } = this.memory;
    const head = this.row.word(PRIVATE_ROW.open);
    const next = i32[head];
    i32[(page >>> 2) + OPEN_NEXT] = next;
    i32[(page >>> 2) + OPEN_PREVIOUS] = 0;
    if (next !== 0) i32[(next >>> 2) + OPEN_PREVIOUS] = page;
    i32[head] = page;
  }

  private close(page: number): void {
    const { i32 } = this.memory;
    const next = i32[(page >>> 2) + OPEN_NEXT];
    const previous = i32[(page >>> 2) + OPEN_PREVIOUS];
    i32[previous === 0 ? this.row.word(PRIVATE_ROW.open) : (previous >>> 2) + OPEN_NEXT] = next;
    if (next !== 0) i32[(next >>> 2) + OPEN_PREVIOUS] = previous;
  }

  /**
   * The first unit of a run of `count` free units, in the page with the fewest free ones: so that others become empty.
   * @param from lowest unit that will do
   * @param multiple units before the run are a multiple of this
   * @param looks pages that are looked at
   * @returns its address, or 0 when none was found; the run is still free
   */
  find(count: number, from: number, multiple: number, looks: number): number {
    const { i32 } = this.memory;
    let best = 0;
    let fewest = UNITS + 1;
    let page = i32[this.row.word(PRIVATE_ROW.open)] >>> 0;
    for (let look = 0; page !== 0 && look < looks && fewest > count; look++) {
      const free = i32[(page >>> 2) + FREE_UNITS];
      const ones = countOnes(free);
      if (ones >= count && ones < fewest) {
        const unit = findRun(free, count, from, multiple);
        if (unit >= 0) {
          fewest = ones;
          best = page + unit * UNIT_BYTES;
        }
      }
      page = i32[(page >>> 2) + OPEN_NEXT] >>> 0;
    }
    return best;
  }

  /** Makes free units a run. The first one's word is written last: a death before that leaves them free. */
  form(first: number, count: number, value: number): void {
    const { i32 } = this.memory;
    const page = pageOf(first);
    const w = (page >>> 2) + FREE_UNITS;
    const spare = this.row.word(PRIVATE_ROW.spare);
    if (i32[spare] >>> 0 === page) i32[spare] = 0;
    i32[w] &= ~maskOf(unitOf(first), count);
    if (i32[w] === 0) this.close(page);
    this.restamp(first, count, value);
  }

  /** Changes the word of all units of a run, the first one's last. */
  restamp(first: number, count: number, value: number): void {
    const w = unitWord(first);
    for (let unit = w + count - 1; unit >= w; unit--) this.ownership.units.write(unit, value);
  }

  /**
   * Units of the run whose first unit is at `first`: those that say the same start. Asked also by who frees another thread's
   * block: it looks at the unit behind, which the owner may be changing, though never into a part of this run.
   */
  length(first: number): number {
    const { memory } = this;
    const w = unitWord(first);
    const start = memory.racyLoad(w) & 0xfff0;
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
   * Frees units of ours, and the page with them if they were the last in use; one empty page is kept.
   * @returns whether others of the page are in use
   */
  free(first: number, count: number): boolean {
    const { i32 } = this.memory;
    const page = pageOf(first);
    const w = (page >>> 2) + FREE_UNITS;
    const unit = unitWord(first);
    for (let k = 0; k < count; k++) this.ownership.units.write(unit + k, FREE_UNIT);
    if (i32[w] === 0) this.open(page);
    i32[w] |= maskOf(unitOf(first), count);
    if (i32[w] !== ALL_UNITS) return true;
    const spare = this.row.word(PRIVATE_ROW.spare);
    if (i32[spare] === 0) i32[spare] = page;
    else if (i32[spare] >>> 0 !== page) this.release(page);
    return false;
  }

  /** Gives the empty page back that is kept. */
  releaseSpare(): void {
    const spare = this.row.word(PRIVATE_ROW.spare);
    const page = this.memory.i32[spare] >>> 0;
    if (page === 0) return;
    this.memory.i32[spare] = 0;
    this.release(page);
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
    if (i32[w + FREE_UNITS] !== 0) this.close(page);
  }

  private release(page: number): void {
    this.delist(page);
    this.ownership.release(page);
  }

}

/** The lowest unit from which `count` units are free, or -1. */
function findRun(free: number, count: number, from: number, multiple: number): number {
  let runs = free & (-1 << from);
  for (let k = 1; k < count && runs !== 0; k++) runs &= free >>> k;
  for (; runs !== 0; runs &= runs - 1) {
    const unit = 31 - Math.clz32(runs & -runs);
    if (unit % multiple === 0) return unit;
  }
  return -1;
}

function maskOf(unit: number, count: number): number {
  return ((1 << count) - 1) << unit;
}
