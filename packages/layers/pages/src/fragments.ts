/**
 * Objects below a page: runs of 4 KiB units inside fragmented pages. The whole state of a page is its detail word
 * (see `fragment-bits.ts`), changed by one compare-and-swap; the thread whose free leaves no unit used has, by the
 * same one, taken the page out of service, and gives it back.
 *
 * Each change compares the note along with the detail. A thread may be slow between reading a page's state and
 * changing it; the page may since have been released and belong to another layer, whose detail may happen to look
 * the same. Its note cannot. If both are the same again, the page serves fragments and exactly these units are free:
 * that is all a change relies on, so it is right whatever happened in between.
 *
 * A change fails only when another thread's has succeeded, and no search goes more than once round the index: lock-free.
 */
import {
  countOnes, HeapCorruptionError, InvalidAddressError, PAGE_BYTES, pageNote, plainExtent,
  type Extent, type Inspector, type Memory, type Root, type ThreadRegistry, type Visit,
} from "@heapwright/core";
import {
  areFree, blockAt, FRAGMENT_DETAIL, findUnits, heldBy, isServing, longestFree, UNIT_BYTES, UNITS, withBlock, withoutBlock,
} from "./fragment-bits.js";
import { FragmentIndex, ROWS, rowOf, type RowOfPage } from "./fragment-index.js";
import { FRAGMENTED, LAYER } from "./large-note.js";
import type { PageTable } from "./page-table.js";
import type { Pages } from "./pages.js";

/** Pages without fitting room that an allocation looks at before it takes a new one. When there is none, it looks at all. */
const FEW = 16;

/** Largest object here: with all sixteen units it would be a page. */
export const LARGEST_FRAGMENT = (UNITS - 1) * UNIT_BYTES;

export class Fragments implements RowOfPage {
  /** Whether the block allocated last by this thread is known to be zero. */
  lastWasZero = false;
  private readonly memory: Memory;
  private readonly map: PageTable;
  private readonly threads: ThreadRegistry;
  private readonly note: number;
  private readonly index: FragmentIndex;

  /** @param owner whose pages these are */
  constructor(
    root: Root,
    private readonly pages: Pages,
    owner: number,
  ) {
    this.memory = root.memory;
    this.map = pages.map;
    this.threads = root.threads;
    this.note = pageNote(owner, FRAGMENTED);
    this.index = new FragmentIndex(root, this, this.map.pages);
  }

  /**
   * @param bytes 0 to {@link LARGEST_FRAGMENT}
   * @param alignment a power of two, below a page
   */
  allocate(bytes: number, alignment: number): number {
    const units = unitsFor(bytes);
    const step = Math.max(1, alignment / UNIT_BYTES);
    this.lastWasZero = false;
    const address = this.allocateInRows(units, step, FEW) || this.allocateInNewPage(units);
    return address === 0 ? this.allocateInRows(units, step, Infinity) : address;
  }

  /** Rows whose pages surely have room come first, the fullest before the others, then the one whose pages may have. */
  private allocateInRows(units: number, step: number, most: number): number {
    const surelyFits = 32 - Math.clz32(units - 1);
    for (let row = surelyFits; row < ROWS; row++) {
      const address = this.allocateIn(row, units, step, most);
      if (address !== 0) return address;
    }
    const mayFit = 31 - Math.clz32(units);
    return mayFit < surelyFits ? this.allocateIn(mayFit, units, step, most) : 0;
  }

  private allocateIn(row: number, units: number, step: number, most: number): number {
    return this.index.search(row, (page) => this.allocateAt(page, row, units, step), most);
  }

  private allocateAt(page: number, row: number, units: number, step: number): number {
    for (;;) {
      const seen = this.stateOf(page);
      if (rowOf(seen) !== row) {
        this.index.remove(row, page);
        return 0;
      }
      const start = findUnits(seen, units, step);
      if (start < 0) return 0;
      if (this.change(page, seen, withBlock(seen, start, units))) return page * PAGE_BYTES + start * UNIT_BYTES;
    }
  }

  private allocateInNewPage(units: number): number {
    const address = this.pages.acquire(PAGE_BYTES, PAGE_BYTES);
    if (address === 0) return 0;
    this.lastWasZero = this.pages.lastWasZero;
    const page = address >>> 16;
    const detail = this.detailOf(page);
    const state = withBlock(0, 0, units);
    this.memory.store(detail, heldBy(this.threads.slot));
    this.map.setNote(address, this.note);
    this.memory.store(detail, state);
    this.index.add(rowOf(state), page);
    return address;
  }

  /** Whether the page of `address` is a fragmented one. */
  owns(address: number): boolean {
    return this.map.noteAt(address) === this.note;
  }

  /** @throws InvalidAddressError where no block starts */
  free(address: number): void {
    const page = address >>> 16;
    for (;;) {
      const seen = this.stateOf(page);
      const units = this.unitsAt(address, seen);
      const left = withoutBlock(seen, unitOf(address), units);
      if (isServing(left)) {
        if (this.change(page, seen, left)) return;
      } else if (this.swap(page, seen, heldBy(this.threads.slot))) {
        this.pages.release(page * PAGE_BYTES, PAGE_BYTES);
        return;
      }
    }
  }

  /** @throws InvalidAddressError where no block starts */
  usableSize(address: number): number {
    return this.unitsAt(address, this.stateOf(address >>> 16)) * UNIT_BYTES;
  }

  /** Gives the units at its end back, or takes those behind it if they are free. @throws InvalidAddressError */
  resize(address: number, bytes: number): boolean {
    const page = address >>> 16;
    const start = unitOf(address);
    const wanted = unitsFor(bytes);
    for (;;) {
      const seen = this.stateOf(page);
      const units = this.unitsAt(address, seen);
      if (wanted === units) return true;
      if (wanted > units && !areFree(seen, start + units, wanted - units)) return false;
      if (this.change(page, seen, withBlock(withoutBlock(seen, start, units), start, wanted))) return true;
    }
  }

  /** From one state that serves blocks to another. */
  private change(page: number, seen: number, next: number): boolean {
    if (!this.swap(page, seen, next)) return false;
    const row = rowOf(next);
    if (row !== rowOf(seen)) this.index.add(row, page);
    return true;
  }

  private swap(page: number, seen: number, next: number): boolean {
    // Success publishes the units as taken or as free. Failure: another block of the page changed, or the page left us; look again.
    return this.memory.cas2(this.map.noteWord(page * PAGE_BYTES), this.note, seen, this.note, next);
  }

  private unitsAt(address: number, word: number): number {
    const units = address % UNIT_BYTES === 0 ? blockAt(word, unitOf(address)) : 0;
    if (units === 0) throw new InvalidAddressError(address, "no block starts there in its page");
    return units;
  }

  rowOfPage(page: number): number {
    return rowOf(this.stateOf(page));
  }

  /** The state of a page, which serves nothing if it is not a fragmented one. */
  private stateOf(page: number): number {
    return this.owns(page * PAGE_BYTES) ? this.memory.load(this.detailOf(page)) : 0;
  }

  private detailOf(page: number): number {
    return this.map.detailWord(page * PAGE_BYTES);
  }

  private eachPage(visit: (address: number) => void): void {
    for (let page = 0; page < this.map.pages; page++) if (this.owns(page * PAGE_BYTES)) visit(page * PAGE_BYTES);
  }

  walk(visit: Visit): void {
    this.eachPage((page) => this.walkPage(page, visit));
  }

  private walkPage(page: number, visit: Visit): void {
    const word = this.stateOf(page >>> 16);
    if (!isServing(word)) return visit({ address: page, bytes: PAGE_BYTES, state: "lost", layer: LAYER, block: 0 });
    for (let unit = 0; unit < UNITS; ) {
      const address = page + unit * UNIT_BYTES;
      const units = blockAt(word, unit);
      // a used unit without a block is damage: reported as a free one here, so that check comes to say what it is
      const length = units === 0 ? Math.max(1, freeAt(word, unit)) : units;
      visit({ address, bytes: length * UNIT_BYTES, state: units === 0 ? "free" : "live", layer: LAYER, block: units === 0 ? 0 : address });
      unit += length;
    }
  }

  /** @returns bytes of the largest object that there is room for */
  inspect(to: Inspector): number {
    let largest = 0;
    this.eachPage((page) => {
      const extent = this.extentAt(page);
      largest = Math.max(largest, extent.largestFree);
      to.extent(extent);
    });
    return largest;
  }

  private extentAt(address: number): Extent {
    const word = this.stateOf(address >>> 16);
    if (!isServing(word)) return plainExtent(LAYER, "in hand", address, PAGE_BYTES);
    const free = ~word & 0xffff;
    const liveBlocks = countOnes(FRAGMENT_DETAIL.first.get(word));
    const freeBytes = countOnes(free) * UNIT_BYTES;
    return {
      address, bytes: PAGE_BYTES, use: "blocks", layer: LAYER, blockBytes: 0, liveBlocks, liveBytes: PAGE_BYTES - freeBytes,
      freeBlocks: countOnes(free & ~(free << 1)), freeBytes, largestFree: longestFree(word) * UNIT_BYTES, slackBytes: liveBlocks * (UNIT_BYTES - 1),
    };
  }

  check(): void {
    const history = this.threads.deathIsPossible() ? "deaths" : "no deaths";
    this.eachPage((page) => {
      const complaint = this.complaint(page, history);
      if (complaint !== undefined) throw new HeapCorruptionError(page, LAYER, complaint);
    });
  }

  /** What is wrong with one fragmented page, if anything. `history` says whether a killed thread may be the cause. */
  private complaint(address: number, history: "deaths" | "no deaths"): string | undefined {
    const word = this.stateOf(address >>> 16);
    const used = FRAGMENT_DETAIL.used.get(word);
    const first = FRAGMENT_DETAIL.first.get(word);
    if (used === 0) return history === "deaths" ? undefined : `the page is in the hands of slot ${first - 1}, which has no thread in it`;
    if ((first & ~used) !== 0) return `units 0x${first.toString(16)} begin blocks, but only 0x${used.toString(16)} are used`;
    if ((used & ~(used << 1) & ~first) !== 0) return `units 0x${used.toString(16)} are used, some without a block that they belong to`;
    const row = rowOf(word);
    if (row >= 0 && history === "no deaths" && !this.index.has(row, address >>> 16)) return `its free units are not in row ${row} of the index`;
    return undefined;
  }

  /** Gives back the pages that a dead thread had in hand, and makes sure that the others are found. */
  reclaim(slot: number): void {
    this.eachPage((address) => {
      const page = address >>> 16;
      if (this.swap(page, heldBy(slot), heldBy(this.threads.slot))) this.pages.release(address, PAGE_BYTES);
      else this.index.add(this.rowOfPage(page), page);
    });
    // what it added it may not have announced
    this.index.announceAll();
  }
}

function unitsFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / UNIT_BYTES));
}

function unitOf(address: number): number {
  return (address >>> 12) & (UNITS - 1);
}

/** Length of the free run from a unit on. */
function freeAt(word: number, unit: number): number {
  let end = unit;
  while (end < UNITS && areFree(word, end, 1)) end++;
  return end - unit;
}
