/**
 * Objects of one page or more: a span each, without a header. The note of its first page says that an object starts
 * there, the detail word how long it is; every change of that is one compare-and-swap of both, after which the pages
 * it takes in or leaves behind belong to the thread that made it.
 *
 * A killed thread leaves an object that it was forming or freeing in its own hands, where `reclaim` finds it. One that
 * it was resizing stays live; the pages at its end that were between it and the page source are lost.
 */
import { InvalidAddressError, PAGE_BYTES, pageNote, plainExtent, type Extent, type Memory, type Root, type Visit } from "@heapwright/core";
import { CONTINUATION, HEAD, SPAN_DETAIL } from "./large-note.js";
import type { PageTable } from "./page-table.js";
import type { Pages } from "./pages.js";

export class WholePages {
  /** Whether the object allocated last by this thread is known to be zero. */
  lastWasZero = false;
  private readonly memory: Memory;
  private readonly map: PageTable;
  private readonly slot: number;
  private readonly head: number;
  private readonly continuation: number;

  /** @param owner whose pages these are */
  constructor(
    root: Root,
    private readonly pages: Pages,
    owner: number,
    private readonly layer: string,
  ) {
    this.memory = root.memory;
    this.map = pages.map;
    this.slot = root.threads.slot;
    this.head = pageNote(owner, HEAD);
    this.continuation = pageNote(owner, CONTINUATION);
  }

  /** @param alignment a power of two, a page or more */
  allocate(bytes: number, alignment: number): number {
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

  /** @throws InvalidAddressError where no object starts */
  free(address: number): void {
    for (;;) {
      const count = this.pagesAt(address);
      if (this.swap(address, live(count), heldBy(count, this.slot))) {
        this.pages.release(address, count * PAGE_BYTES);
        return;
      }
    }
  }

  /** @throws InvalidAddressError where no object starts */
  usableSize(address: number): number {
    return this.pagesAt(address) * PAGE_BYTES;
  }

  /** Gives the pages at its end back, or takes those behind it if they are free. @throws InvalidAddressError */
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
    const starts = address % PAGE_BYTES === 0 && this.map.noteAt(address) === this.head;
    const detail = starts ? this.memory.load(this.map.detailWord(address)) : 0;
    if (detail !== 0 && SPAN_DETAIL.holder.get(detail) === 0) return SPAN_DETAIL.pages.get(detail);
    throw new InvalidAddressError(address, starts ? "the object there is being freed" : "it lies within an object of several pages");
  }

  /** Reports the object, or what is left of one, at a page; only that page, unless an object starts there. @returns bytes reported */
  walkPage(address: number, visit: Visit): number {
    const detail = this.memory.load(this.map.detailWord(address));
    const isLive = this.map.noteAt(address) === this.head && SPAN_DETAIL.holder.get(detail) === 0;
    const bytes = (isLive ? SPAN_DETAIL.pages.get(detail) : 1) * PAGE_BYTES;
    visit({ address, bytes, state: isLive ? "live" : "lost", layer: this.layer, block: isLive ? address : 0 });
    return bytes;
  }

  /** What is at a page, at any time: an object, or one that is being formed or freed; of its length, what the notes confirm. */
  extentAt(address: number): Extent {
    const detail = this.memory.load(this.map.detailWord(address));
    const said = SPAN_DETAIL.pages.get(detail);
    if (this.map.noteAt(address) !== this.head || SPAN_DETAIL.holder.get(detail) !== 0 || said === 0) {
      return plainExtent(this.layer, "in hand", address, PAGE_BYTES);
    }
    let count = 1;
    while (count < said && this.map.noteAt(address + count * PAGE_BYTES) === this.continuation) count++;
    const bytes = count * PAGE_BYTES;
    return {
      address, bytes, use: "blocks", layer: this.layer, blockBytes: 0, liveBlocks: 1, liveBytes: bytes,
      freeBlocks: 0, freeBytes: 0, largestFree: 0, slackBytes: PAGE_BYTES - 1,
    };
  }

  /** What is wrong with the object that starts at a page, if anything. */
  complaint(address: number): string | undefined {
    const detail = this.memory.load(this.map.detailWord(address));
    if (this.map.noteAt(address) !== this.head || SPAN_DETAIL.holder.get(detail) !== 0) return undefined;
    const count = SPAN_DETAIL.pages.get(detail);
    if (count === 0) return "an object of no pages starts there";
    for (let page = 1; page < count; page++) {
      const at = address + page * PAGE_BYTES;
      if (this.map.noteAt(at) !== this.continuation) return `page ${page} of the ${count} pages of the object there is somebody else's`;
      if (this.memory.load(this.map.detailWord(at)) !== 0) return `page ${page} of the ${count} pages of the object there has a detail`;
    }
    return undefined;
  }

  /**
   * Gives back an object that a dead thread was forming or freeing. Its later pages may have no note yet: those have
   * gone back to the page source already, and may belong to others, who then start with a note of another kind.
   */
  reclaimPage(address: number, slot: number): void {
    const detail = this.memory.load(this.map.detailWord(address));
    const most = SPAN_DETAIL.pages.get(detail);
    if (detail !== heldBy(most, slot) || !this.swap(address, detail, heldBy(most, this.slot))) return;
    let count = 1;
    while (count < most && this.map.noteAt(address + count * PAGE_BYTES) === this.continuation) count++;
    this.pages.release(address, count * PAGE_BYTES);
  }
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
