/**
 * The source of all memory of a heap: spans of 64 KiB pages, found in a bitmap, backed by growing the buffer, and told
 * apart by a page table. Nothing in it locks. A buffer never shrinks, so a released span stays here for the next one.
 *
 * Pages are numbered from address 0, up to the memory's maximum; those below the end of the header are never served.
 * A span goes through these hands: proposed by {@link Runs}, announced in {@link Windows}, its bits claimed, the
 * buffer grown to cover it, its pages marked with the thread, counted; then it is the caller's, who notes every page
 * at once, before it acquires the next span. On the way back the notes go first, then the bits.
 */
import {
  HeapCorruptionError, i32, PAGE_BYTES, PAGE_NOTE, plainExtent, struct,
  type Inspector, type MappedSpans, type Memory, type PageAccounts, type Root, type Visit, type WasmProgram,
} from "@heapwright/core";
import { PageTable } from "./page-table.js";
import { RUNS } from "./runs-layout.js";
import { Runs } from "./runs.js";
import type { FusedRuns } from "./runs-program.js";
import { Windows } from "./windows.js";

export const PAGES = struct("Pages", {
  /** pages claimed now; atomic add, after they were marked, before they are cleared */
  mapped: i32(),
  /** the most that mapped has been; CAS */
  peak: i32(),
  /** first page of those that have never been claimed and are zero; raised by CAS by each claim */
  fresh: i32(),
}, { align: 128 });

const LAYER = "pages";
/** What inspection calls the states of what no layer owns. */
const USES = { metadata: "metadata", waste: "metadata", free: "free", lost: "in hand" } as const;
/** Growth in steps: a system call and a new set of views for each would be dear. */
const STEP_BYTES = 2 ** 20;
/** How often a request that finds nothing searches again while others are in the middle of a claim or a release. */
const PATIENCE = 256;

export class Pages implements MappedSpans, PageAccounts {
  readonly progress = "lock-free";
  readonly granule = PAGE_BYTES;
  readonly map: PageTable;
  lastWasZero = false;
  private readonly memory: Memory;
  private readonly root: Root;
  private readonly words: number;
  private readonly runs: Runs;
  private readonly windows: Windows;
  /** Number of the first page behind the header; 0 until it is known. */
  private first = 0;

  /**
   * One to a root: another would hand out the same pages, and nothing notices.
   * @param program `RUNS_PROGRAM`, for who acquires and releases in a usual malloc or free; see {@link Runs}
   */
  constructor(root: Root, program?: WasmProgram<FusedRuns>) {
    const { memory } = root;
    this.root = root;
    this.memory = memory;
    const count = Math.floor(memory.maximumBytes / PAGE_BYTES);
    this.words = root.claimStruct(PAGES) >>> 2;
    this.runs = new Runs(memory, root.claim("Runs", Runs.bytes(count), RUNS.align), count, program);
    this.windows = new Windows(root);
    this.map = new PageTable(root, count);
    if (root.fresh) memory.i32[this.words + PAGES.fresh] = firstZeroPage(root, count);
  }

  /**
   * @param bytes 1 or more; rounded up to whole pages
   * @param alignment a power of two
   * @returns a span whose pages the caller is to note, or 0
   */
  acquire(bytes: number, alignment = PAGE_BYTES): number {
    if (this.first === 0) this.open();
    const count = Math.ceil(bytes / PAGE_BYTES);
    const first = this.claim(count, Math.max(1, alignment / PAGE_BYTES));
    if (first < 0) return 0;
    this.finish(first, count);
    return first * PAGE_BYTES;
  }

  /**
   * Lengthens a span in place by the pages behind it.
   * @param address of a span of this thread's, now `bytes` long
   * @param moreBytes what it shall be; the pages added are to be noted, as after {@link acquire}
   * @returns false, with nothing changed, when they are taken or there is no memory for them
   */
  extend(address: number, bytes: number, moreBytes: number): boolean {
    if (this.first === 0) this.open();
    const first = Math.ceil((address + bytes) / PAGE_BYTES);
    const count = Math.ceil((address + moreBytes) / PAGE_BYTES) - first;
    if (count <= 0) return true;
    // beyond the bitmap there is no page that a window could name
    if (first + count > this.runs.units) return false;
    this.windows.claiming(first, count);
    const claimed = this.runs.claimAt(first, count) && this.back(first, count);
    if (claimed) this.finish(first, count);
    else this.windows.close();
    return claimed;
  }

  /**
   * Gives back a span, or any whole pages of one; they belong to the caller.
   * @throws HeapCorruptionError when they were not all claimed
   */
  release(address: number, bytes: number): void {
    const first = address >>> 16;
    const count = Math.ceil(bytes / PAGE_BYTES);
    this.windows.erasing(first, count);
    this.map.clear(first, count);
    this.windows.erased();
    // not before: who finishes for a dead thread would take them off once more
    this.memory.add(this.words + PAGES.mapped, -count);
    const sound = this.runs.release(first, count);
    this.windows.close();
    if (!sound) throw new HeapCorruptionError(address, LAYER, `${count} pages were released, and not all of them were claimed`);
  }

  /** Only where it is not known yet: the header ends where the last layer has claimed, which no constructor knows. */
  private open(): void {
    const { end } = this.root;
    if (end === 0) throw new Error("pages can be acquired once the root is sealed");
    const first = this.firstPage();
    this.runs.exclude(Math.min(first, this.runs.units));
    this.first = first;
  }

  /**
   * The first of `count` pages that are now claimed and backed, with the window still open; or -1.
   *
   * That there is none is certain when nobody was in the middle of a claim after the search, and still nothing has been
   * cleared since before it: then whoever held pages during the search has them, or had them, for good. While others
   * are in the middle, their pages may come back, so the search is repeated; for a while, since one of them may be dead.
   */
  private claim(count: number, alignment: number): number {
    let limit = this.runs.units;
    for (let patience = PATIENCE; ; ) {
      const cleared = this.runs.clearings();
      const first = this.runs.find(count, alignment, limit);
      if (first >= 0) {
        this.windows.claiming(first, count);
        if (this.runs.claimAt(first, count)) {
          if (this.back(first, count)) return first;
          // what lies higher cannot be backed either, but what is backed already may have become free meanwhile
          limit = Math.floor(this.memory.end / PAGE_BYTES);
        }
        this.windows.close();
      } else if (this.windows.othersAreOpen()) {
        if (--patience < 0) return -1;
      } else if (this.runs.clearings() === cleared) {
        return -1;
      }
    }
  }

  /** Grows the buffer over a claimed run, or releases it, so that smaller requests can have what is backed of it. */
  private back(first: number, count: number): boolean {
    const end = (first + count) * PAGE_BYTES;
    if (this.memory.reach(end - 1)) return true;
    const step = Math.min(Math.ceil(end / STEP_BYTES) * STEP_BYTES, this.memory.maximumBytes);
    if (this.memory.grow(step) || this.memory.grow(end)) return true;
    this.runs.release(first, count);
    return false;
  }

  /** Counts and marks a run that is claimed and backed, and closes the window. Marked pages are counted: `reclaim` takes them off. */
  private finish(first: number, count: number): void {
    const mapped = this.memory.add(this.words + PAGES.mapped, count) + count;
    this.map.mark(first, count, this.root.threads.slot);
    this.lastWasZero = this.raiseFresh(first, count);
    this.windows.close();
    this.raisePeak(mapped);
  }

  /**
   * Every claim raises the line before its pages are written, so pages at or above it have never been written.
   * @returns whether the run is such
   */
  private raiseFresh(first: number, count: number): boolean {
    const w = this.words + PAGES.fresh;
    for (;;) {
      const line = this.memory.load(w);
      if (line >= first + count) return false;
      // Success publishes that our pages may be written from now on. Failure: another run raised the line; see where it is.
      if (this.memory.cas(w, line, first + count)) return first >= line;
    }
  }

  private raisePeak(mapped: number): void {
    const w = this.words + PAGES.peak;
    for (;;) {
      const peak = this.memory.load(w);
      // Success publishes a higher peak. Failure: somebody else did; see whether ours is still higher.
      if (peak >= mapped || this.memory.cas(w, peak, mapped)) return;
    }
  }

  /** Bytes in claimed pages, and in those below the first that is ever served. */
  mappedBytes(): number {
    return this.headerBytes() + this.mappedPages() * PAGE_BYTES;
  }

  /** After deaths the counts may be too much, by more with each; the peak is then no more than what the buffer has had room for. */
  peakMappedBytes(): number {
    const peak = Math.min(this.headerBytes() + this.memory.load(this.words + PAGES.peak) * PAGE_BYTES, this.memory.end - this.memory.base);
    return Math.max(peak, this.mappedBytes());
  }

  /** As counted, or from the bits where a death may have left the count too high. */
  private mappedPages(): number {
    return this.root.threads.someDied() ? this.claimedPages() : this.memory.load(this.words + PAGES.mapped);
  }

  private claimedPages(): number {
    let claimed = 0;
    for (let page = this.firstPage(); page < this.runs.units; page++) if (this.runs.isTaken(page)) claimed++;
    return claimed;
  }

  private headerBytes(): number {
    return Math.min(Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES, this.memory.end) - this.memory.base;
  }

  /** The header, with all that layers have claimed in it: the maps of this one are most of it. */
  metadataBytes(): number {
    return this.root.end - this.memory.base;
  }

  /**
   * Finishes what a dead thread was doing to pages, and takes back those it had acquired and not noted. May be called
   * again for the same thread, until its slot is given to another.
   */
  reclaim(_threadId: number, slot: number): void {
    const { phase, first, count } = this.windows.of(slot);
    if (phase === "erasing") {
      // in the dead thread's own window: whoever goes on, if we die too, finds how far this has come
      this.map.clear(first, count);
      this.windows.erasedFor(slot);
      this.memory.add(this.words + PAGES.mapped, -count);
    }
    if (phase !== "idle") {
      for (let page = first; page < first + count; page++) this.releaseOrphan(page, slot);
    }
    this.windows.closeFor(slot);
    for (let page = this.first; page < this.runs.units; page++) {
      if (this.map.isMarked(page, slot)) this.release(page * PAGE_BYTES, PAGE_BYTES);
    }
  }

  /** Releases a page if it is claimed and without a note because the thread in `slot` died just then. */
  private releaseOrphan(page: number, slot: number): void {
    const orphaned = (): boolean => this.runs.isTaken(page) && this.map.noteAt(page * PAGE_BYTES) === 0;
    if (this.windows.lookUncovered(page, slot, orphaned) !== true) return;
    this.windows.claiming(page, 1);
    this.runs.release(page, 1);
    this.windows.close();
  }

  walk(visit: Visit): void {
    this.regions((address, bytes, state) => visit({ address, bytes, state, layer: LAYER, block: 0 }));
  }

  inspect(to: Inspector): void {
    this.regions((address, bytes, state) => to.extent(plainExtent(LAYER, USES[state], address, bytes)));
  }

  /** Shows all that no layer owns to `visit`, as far as the buffer reaches. Racy. */
  private regions(visit: (address: number, bytes: number, state: keyof typeof USES) => void): void {
    const { memory, root, runs } = this;
    memory.reach(Number.MAX_SAFE_INTEGER);
    let at = memory.base;
    const show = (end: number, state: keyof typeof USES | "owned"): void => {
      const bytes = Math.min(end, memory.end) - at;
      if (bytes > 0 && state !== "owned") visit(at, bytes, state);
      at = end;
    };
    show(root.end, "metadata");
    show(this.firstPage() * PAGE_BYTES, "waste");
    for (let page = this.firstPage(); page < runs.units; ) {
      const state = this.stateOf(page);
      while (++page < runs.units && this.stateOf(page) === state);
      show(page * PAGE_BYTES, state);
    }
    show(memory.end, "waste");
  }

  longestFree(): number {
    return this.runs.longestFree(this.firstPage()) * PAGE_BYTES;
  }

  /** Number of the first page that is ever served; the same as `first`, whether or not this thread has acquired one yet. */
  private firstPage(): number {
    return Math.ceil(this.root.end / PAGE_BYTES);
  }

  private stateOf(page: number): "free" | "lost" | "owned" {
    if (!this.runs.isTaken(page)) return "free";
    return PAGE_NOTE.owner.get(this.map.noteAt(page * PAGE_BYTES)) === 0 ? "lost" : "owned";
  }

  check(): void {
    const claimed = this.claimedPages();
    for (let page = this.firstPage(); page < this.runs.units; page++) if (!this.runs.isTaken(page)) this.checkFree(page);
    const counted = this.memory.load(this.words + PAGES.mapped);
    // a thread killed between the two leaves a difference: too many counted once it is reclaimed; nothing else leaves any
    if (counted !== claimed && !this.root.threads.deathIsPossible()) {
      throw new HeapCorruptionError(this.root.address, LAYER, `${claimed} pages are claimed, ${counted} are counted`);
    }
  }

  private checkFree(page: number): void {
    const address = page * PAGE_BYTES;
    const note = this.map.noteAt(address);
    const detail = this.memory.load(this.map.detailWord(address));
    if (note === 0 && detail === 0) return;
    throw new HeapCorruptionError(address, LAYER, `the page is free and has the note 0x${(note >>> 0).toString(16)} and detail ${detail}`);
  }
}

/** What lies below may have been somebody else's before. All threads go by the line that is found here. */
function firstZeroPage(root: Root, count: number): number {
  let page = 0;
  while (page < count && !root.isZeroFrom(page * PAGE_BYTES)) page++;
  return page;
}
