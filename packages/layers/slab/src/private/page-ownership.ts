/**
 * Whose pages are, and how they pass from thread to thread. A page is its thread's by the note in the page map, and by
 * nothing else: who leaves, or has died, has its notes changed to "abandoned", and whoever changes that to itself has
 * adopted the page. So there is no list of abandoned pages that a death could tear; a count of them only says whether it is
 * worth looking.
 *
 * Protocol of a note: 0 -> owner, plain, by the thread that has acquired the page, after its header is formatted; owner ->
 * abandoned, by the owner, or by the one who reclaims it; abandoned -> owner, by CAS; owner -> in this thread's hands by the
 * owner, who releases the page, -> 0 by the page source.
 */
import { i32, PAGE_BYTES, pageNote, struct, type MappedSpans, type Memory, type Root } from "@heapwright/core";
import { ALL_UNITS } from "./free-units.js";
import { OwnUnits } from "./own-units.js";
import { FREE_UNIT, PRIVATE_NOTE, PRIVATE_PAGE, UNITS } from "./private-layout.js";

export const PRIVATE_PAGES = struct("PrivatePages", {
  /** pages of all threads, about; atomic add. A death between a note and its count leaves it off by one, as the next */
  pages: i32(),
  /** abandoned pages among them, about; atomic add */
  abandoned: i32(),
  /** chains that have been sent to pages, and one for each reclaim, see RemoteFrees; atomic add */
  sent: i32(),
}, { align: 128 });

export class PageOwnership {
  /** The note of this thread's pages. */
  readonly mine: number;
  readonly units: OwnUnits;
  private readonly memory: Memory;
  private readonly abandonedNote: number;
  private readonly inHand: number;
  /** First word of PRIVATE_PAGES. */
  readonly sums: number;
  /** Where the search for abandoned pages goes on. */
  private seek = 0;
  /** How many were counted when it was in vain, and how often it is not worth another as long as there are as many: since a death may leave the count too high for good. */
  private vain = 0;
  private rest = 0;

  constructor(
    root: Root,
    private readonly spans: MappedSpans,
    readonly owner: number,
    inverses: Int32Array,
  ) {
    this.memory = root.memory;
    this.units = new OwnUnits(root.memory, inverses);
    this.mine = this.noteOf(root.threads.id);
    this.abandonedNote = this.noteOf(0);
    this.inHand = pageNote(0, root.threads.slot + 1);
    this.sums = root.claimStruct(PRIVATE_PAGES) >>> 2;
  }

  /** The note of a thread's pages; of those of nobody for 0. Ids are longer than the note has room for, but never 0. */
  noteOf(thread: number): number {
    return PRIVATE_NOTE.thread.set(this.owner, thread === 0 ? 0 : 1 + ((thread - 1) % PRIVATE_NOTE.thread.maximum));
  }

  /** Pages of all threads. May be asked at any time. */
  count(): number {
    return Math.max(0, this.memory.load(this.sums + PRIVATE_PAGES.pages));
  }

  isMine(page: number): boolean {
    return this.spans.map.noteAt(page) === this.mine;
  }

  isAbandoned(page: number): boolean {
    return this.spans.map.noteAt(page) === this.abandonedNote;
  }

  /** A page without a unit in use, on no list; 0 when there is no memory. */
  acquire(): number {
    const { memory } = this;
    const page = this.spans.acquire(PAGE_BYTES, PAGE_BYTES);
    if (page === 0) return 0;
    memory.reach(page + PAGE_BYTES - 1);
    if (!this.spans.lastWasZero) memory.fill(page, PRIVATE_PAGE.bytes, 0);
    memory.i32.fill(FREE_UNIT, page >>> 2, (page >>> 2) + UNITS);
    memory.i32[(page >>> 2) + PRIVATE_PAGE.freeUnits] = ALL_UNITS;
    memory.add(this.sums + PRIVATE_PAGES.pages, 1);
    this.spans.map.setNote(page, this.mine);
    this.units.add(page);
    return page;
  }

  /**
   * Gives a page back that is empty and on no list. Its note becomes that of a page that this thread has just acquired: if we
   * die, the page source takes it back, and whoever reclaims us does not leave to others what is on its way there.
   */
  release(page: number): void {
    this.units.remove(page);
    this.memory.add(this.sums + PRIVATE_PAGES.pages, -1);
    this.memory.store(this.spans.map.noteWord(page), this.inHand);
    this.spans.release(page, PAGE_BYTES);
  }

  /** Leaves a page to others, of ours or of one who has died; it is on no list of ours any more. */
  abandon(page: number): void {
    this.units.remove(page);
    this.memory.add(this.sums + PRIVATE_PAGES.abandoned, 1);
    this.memory.store(this.spans.map.noteWord(page), this.abandonedNote);
  }

  /**
   * Makes the pages of a dead thread, which nobody else may touch, ours one by one.
   * @param then parts with each again before the next
   */
  inherit(thread: number, then: (page: number) => void): void {
    const note = this.noteOf(thread);
    this.pagesDo((page) => {
      if (this.spans.map.noteAt(page) !== note) return;
      this.memory.store(this.spans.map.noteWord(page), this.mine);
      this.units.add(page);
      then(page);
    });
  }

  /** Makes an abandoned page ours. Its lists and free units are those of its former owner. @returns false when it was not abandoned */
  adopt(page: number): boolean {
    if (!this.memory.reach(page + PAGE_BYTES - 1)) return false;
    // Success publishes that the page is ours, with all that its last owner wrote. Failure: it is another's, or nobody's.
    if (!this.memory.cas(this.spans.map.noteWord(page), this.abandonedNote, this.mine)) return false;
    this.memory.add(this.sums + PRIVATE_PAGES.abandoned, -1);
    this.units.add(page);
    return true;
  }

  /**
   * Looks for an abandoned page and adopts it.
   * @param effort `likely`: only if some are counted, and seldom if there were none before
   * @returns the page, or 0
   */
  adoptAny(effort: "likely" | "certain"): number {
    const counted = this.memory.load(this.sums + PRIVATE_PAGES.abandoned);
    if (effort === "likely" && (counted <= 0 || (counted === this.vain && this.rest-- > 0))) return 0;
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    const pages = Math.floor(this.memory.end / PAGE_BYTES);
    for (let left = pages; left > 0; left--) {
      this.seek = this.seek + 1 < pages ? this.seek + 1 : 0;
      const page = this.seek * PAGE_BYTES;
      if (this.isAbandoned(page) && this.adopt(page)) return page;
    }
    this.vain = counted;
    this.rest = pages;
    return 0;
  }

  /** Whether there is an abandoned page. Racy. */
  anyAbandoned(): boolean {
    let any = false;
    this.pagesDo((page) => (any ||= this.isAbandoned(page)));
    return any;
  }

  /** Visits all pages of all threads. Others may come and go meanwhile. */
  pagesDo(visit: (page: number) => void): void {
    this.memory.reach(Number.MAX_SAFE_INTEGER);
    for (let page = 0; page < this.memory.end; page += PAGE_BYTES) {
      if (PRIVATE_NOTE.owner.get(this.spans.map.noteAt(page)) === this.owner) visit(page);
    }
  }
}
