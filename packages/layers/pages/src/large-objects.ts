/**
 * Objects too large for slabs, straight from the page source: whole pages, or below one page a run of 4 KiB units. They
 * have no headers. What is known of them is in the page table, so any address can be judged without looking at memory
 * that its owner may have overwritten, and judged exactly: it is the start of a live object, or it is refused.
 */
import {
  HeapCorruptionError, InvalidAddressError, PAGE_BYTES, PAGE_NOTE,
  type Allocator, type Inspector, type Root, type Visit,
} from "@heapwright/core";
import { Fragments, LARGEST_FRAGMENT } from "./fragments.js";
import { FRAGMENTED } from "./large-note.js";
import type { Pages } from "./pages.js";
import { WholePages } from "./whole-pages.js";

const LAYER = "large-objects";

export class LargeObjects implements Allocator {
  readonly progress = "lock-free";
  private readonly pages: Pages;
  private readonly root: Root;
  private readonly owner: number;
  private readonly fragments: Fragments;
  private readonly wholePages: WholePages;
  private lastWasZero = false;

  constructor(root: Root, pages: Pages) {
    this.root = root;
    this.pages = pages;
    this.owner = pages.map.newOwner();
    this.fragments = new Fragments(root, pages, this.owner, LAYER);
    this.wholePages = new WholePages(root, pages, this.owner, LAYER);
  }

  allocate(bytes: number): number {
    return this.allocateAligned(1, bytes);
  }

  allocateAligned(alignment: number, bytes: number): number {
    const source = bytes <= LARGEST_FRAGMENT && alignment < PAGE_BYTES ? this.fragments : this.wholePages;
    const address = source.allocate(bytes, alignment);
    this.lastWasZero = source.lastWasZero;
    return address;
  }

  free(address: number): void {
    this.sourceOf(address).free(address);
  }

  usableSize(address: number): number {
    return this.sourceOf(address).usableSize(address);
  }

  /** An object of whole pages keeps at least one, and one of units does not outgrow its page. */
  resize(address: number, bytes: number): boolean {
    return this.sourceOf(address).resize(address, bytes);
  }

  private sourceOf(address: number): Fragments | WholePages {
    const source = this.sourceOfNote(this.pages.map.noteAt(address));
    if (source === undefined) throw new InvalidAddressError(address, "its page holds no large objects");
    return source;
  }

  private sourceOfNote(note: number): Fragments | WholePages | undefined {
    if (PAGE_NOTE.owner.get(note) !== this.owner) return undefined;
    return PAGE_NOTE.value.get(note) === FRAGMENTED ? this.fragments : this.wholePages;
  }

  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.pages.map.noteAt(address)) === this.owner;
  }

  isZero(_address: number, _bytes: number): boolean {
    return this.lastWasZero;
  }

  walk(visit: Visit): void {
    this.forEachPage((address, source) => source.walkPage(address, visit));
  }

  inspect(to: Inspector): number {
    let largest = this.pages.longestFree();
    this.forEachPage((address, source) => {
      const extent = source.extentAt(address);
      largest = Math.max(largest, extent.largestFree);
      to.extent(extent);
      return extent.bytes;
    });
    return largest;
  }

  check(): void {
    const history = this.root.threads.deathIsPossible() ? "deaths" : "no deaths";
    this.forEachPage((address, source) => {
      const complaint = source.complaint(address, history);
      if (complaint !== undefined) throw new HeapCorruptionError(address, LAYER, complaint);
      return PAGE_BYTES;
    });
  }

  /** Shows each page of this layer to `visit`, which says how far it is to the next that is of interest. */
  private forEachPage(visit: (address: number, source: Fragments | WholePages) => number): void {
    const end = this.pages.map.pages * PAGE_BYTES;
    for (let address = 0; address < end; ) {
      const source = this.sourceOfNote(this.pages.map.noteAt(address));
      address += source === undefined ? PAGE_BYTES : visit(address, source);
    }
  }

  /** All bookkeeping is in the page table and the header, which the page source counts. */
  metadataBytes(): number {
    return 0;
  }

  reclaim(threadId: number, slot: number): void {
    // first, so that a release it had begun is not begun again
    this.pages.reclaim(threadId, slot);
    this.forEachPage((address, source) => {
      source.reclaimPage(address, slot);
      return PAGE_BYTES;
    });
    this.fragments.announceAll();
  }

  /** Nothing is held by a thread between two operations. */
  leave(): void {}
}
