/**
 * Objects of one page or more: a span each, without a header. The note of its first page says that an object starts
 * there, the detail word how long it is; every change of that is one compare-and-swap of both, after which the pages
 * it takes in or leaves behind belong to the thread that made it.
 *
 * A killed thread leaves an object that it was forming or freeing in its own hands, where `reclaim` finds it. One that
 * it was resizing stays live; the pages at its end that were between it and the page source are lost.
 */
import {
  HeapCorruptionError, InvalidAddressError, PAGE_BYTES, PAGE_NOTE, pageNote, plainExtent, type Allocator, type Inspector, type Memory, type Root, type Visit,
} from "@heapwright/core";
import { CONTINUATION, HEAD, LAYER, SPAN_DETAIL } from "./large-note.js";
import type { PageTable } from "./page-table.js";
import type { Pages } from "./pages.js";

export class WholePages implements Allocator {
  readonly progress = "lock-free";
  protected readonly owner: number;
  protected lastWasZero = false;
  private readonly memory: Memory;
  private readonly map: PageTable;
  private readonly slot: number;
  private readonly head: number;
  private readonly continuation: number;

  constructor(
    root: Root,
    private readonly pages: Pages,
  ) {
    this.memory = root.memory;
    this.map = pages.map;
    this.slot = root.threads.slot;
    this.owner = this.map.newOwner();
    this.head = pageNote(this.owner, HEAD);
    this.continuation = pageNote(this.owner, CONTINUATION);
  }

  allocate(bytes: number): number {
    return this.allocateAligned(1, bytes);
  }

  allocateAligned(alignment: number, bytes: number): number {
    const count = pagesFor(bytes);
    const address = this.pages.acquire(count * PAGE_BYTES, alignment);
    this.lastWasZero = this.pages.lastWasZero;
    if (address === 0) return 0;
    const detail = this.map.detailWord(address);
    this.memory.store(detail, heldBy(count, this.slot));
    this.map.setNote(address, this.head);
    this.noteContinuation(address, 1, count);
    // From here on it is live. Had we died before, it would be ours to give back, as far as it has notes.
    this.memory.store(detail, live(count));
    return address;
  }

  private noteContinuation(address: number, from: number, to: number): void {
    for (let page = from; page < to; page++) this.map.setNote(address + page * PAGE_BYTES, this.continuation);
  }

  free(address: number): void {
    for (;;) {
      const count = this.pagesAt(address);
      if (this.swap(address, live(count), heldBy(count, this.slot))) {
        this.pages.release(address, count * PAGE_BYTES);
        return;
      }
    }
  }

  usableSize(address: number): number {
    return this.pagesAt(address) * PAGE_BYTES;
  }

  /** Gives the pages at its end back, or takes those behind it if they are free; one is left at least. */
  resize(address: number, bytes: number): boolean {
    const wanted = pagesFor(bytes);
    for (;;) {
      const count = this.pagesAt(address);
      if (wanted === count) return true;
      if (wanted > count && !this.acquireTail(address, count, wanted)) return false;
      const resized = this.swap(address, live(count), live(wanted));
      // the longer of the two lengths has a tail that is now ours alone: cut off, or not joined on
      if (resized !== (wanted > count)) this.releaseTail(address, Math.min(count, wanted), Math.max(count, wanted));
      if (resized) return true;
    }
  }

  private acquireTail(address: number, from: number, to: number): boolean {
    if (!this.pages.extend(address, from * PAGE_BYTES, to * PAGE_BYTES)) return false;
    this.noteContinuation(address, from, to);
    return true;
  }

  private releaseTail(address: number, from: number, to: number): void {
    this.pages.release(address + from * PAGE_BYTES, (to - from) * PAGE_BYTES);
  }

  private swap(address: number, seen: number, next: number): boolean {
    // Success publishes the object's new length or its end. Failure: somebody else frees or resizes the same object, or did; look again.
    return this.memory.cas2(this.map.noteWord(address), this.head, seen, this.head, next);
  }

  private pagesAt(address: number): number {
    const note = this.map.noteAt(address);
    const starts = address % PAGE_BYTES === 0 && note === this.head;
    const detail = starts ? this.memory.load(this.map.detailWord(address)) : 0;
    if (detail !== 0 && SPAN_DETAIL.holder.get(detail) === 0) return SPAN_DETAIL.pages.get(detail);
    if (PAGE_NOTE.owner.get(note) !== this.owner) throw new InvalidAddressError(address, "its page holds no large objects");
    throw new InvalidAddressError(address, starts ? "the object there is being freed" : "it lies within an object of several pages");
  }

  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.map.noteAt(address)) === this.owner;
  }

  isZero(_address: number, _bytes: number): boolean {
    return this.lastWasZero;
  }

  walk(visit: Visit): void {
    this.eachObject((address, pages) => {
      visit({ address, bytes: Math.max(pages, 1) * PAGE_BYTES, state: pages > 0 ? "live" : "lost", layer: LAYER, block: pages > 0 ? address : 0 });
    });
  }

  inspect(to: Inspector): number {
    this.eachObject((address, pages) => {
      const bytes = pages * PAGE_BYTES;
      to.extent(pages === 0 ? plainExtent(LAYER, "in hand", address, PAGE_BYTES) : {
        address, bytes, use: "blocks", layer: LAYER, blockBytes: 0, liveBlocks: 1, liveBytes: bytes,
        freeBlocks: 0, freeBytes: 0, largestFree: 0, slackBytes: PAGE_BYTES - 1,
      });
    });
    return this.pages.longestFree();
  }

  check(): void {
    this.eachObject((address, pages) => {
      const complaint = this.complaint(address, pages);
      if (complaint !== undefined) throw new HeapCorruptionError(address, LAYER, complaint);
    });
  }

  /** What is wrong with the object that starts at a page, if anything. @param pages how many of its pages the notes confirm */
  private complaint(address: number, pages: number): string | undefined {
    const detail = this.memory.load(this.map.detailWord(address));
    if (this.map.noteAt(address) !== this.head || SPAN_DETAIL.holder.get(detail) !== 0) return undefined;
    const said = SPAN_DETAIL.pages.get(detail);
    if (said === 0) return "an object of no pages starts there";
    if (pages < said) return `page ${pages} of the ${said} pages of the object there is somebody else's`;
    for (let page = 1; page < pages; page++) {
      if (this.memory.load(this.map.detailWord(address + page * PAGE_BYTES)) !== 0) return `page ${page} of the ${pages} pages of the object there has a detail`;
    }
    return undefined;
  }

  /**
   * Shows each live object to `visit`, with as many of its pages as their notes confirm; and with 0, each page that a thread
   * has in hand or that is left of an object. At any time.
   */
  private eachObject(visit: (address: number, pages: number) => void): void {
    const end = this.map.pages * PAGE_BYTES;
    for (let address = 0, pages = 0; address < end; address += Math.max(pages, 1) * PAGE_BYTES) {
      const note = this.map.noteAt(address);
      pages = note === this.head ? this.liveAt(address) : 0;
      if (note === this.head || note === this.continuation) visit(address, pages);
    }
  }

  private liveAt(address: number): number {
    const detail = this.memory.load(this.map.detailWord(address));
    return SPAN_DETAIL.holder.get(detail) === 0 ? this.confirmed(address, SPAN_DETAIL.pages.get(detail)) : 0;
  }

  /** Of so many pages that an object is said to have, as many as are noted as such. */
  private confirmed(address: number, said: number): number {
    let count = Math.min(1, said);
    while (count < said && this.map.noteAt(address + count * PAGE_BYTES) === this.continuation) count++;
    return count;
  }

  /** All bookkeeping is in the page table and the header, which the page source counts. */
  metadataBytes(): number {
    return 0;
  }

  reclaim(threadId: number, slot: number): void {
    // first, so that a release it had begun is not begun again
    this.pages.reclaim(threadId, slot);
    this.eachObject((address) => this.takeBack(address, slot));
  }

  /**
   * Gives back an object that a dead thread was forming or freeing. Its later pages may have no note yet: those have
   * gone back to the page source already, and may belong to others, who then start with a note of another kind.
   */
  private takeBack(address: number, slot: number): void {
    const detail = this.memory.load(this.map.detailWord(address));
    const most = SPAN_DETAIL.pages.get(detail);
    if (detail !== heldBy(most, slot) || !this.swap(address, detail, heldBy(most, this.slot))) return;
    this.pages.release(address, this.confirmed(address, most) * PAGE_BYTES);
  }

  /** Nothing is held by a thread between two operations. */
  leave(): void {}
}

function pagesFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PAGE_BYTES));
}

function live(pages: number): number {
  return pages;
}

function heldBy(pages: number, slot: number): number {
  return SPAN_DETAIL.holder.set(pages, slot + 1);
}
