/**
 * Objects too large for slabs, straight from the page source: whole pages, or below one page a run of 4 KiB units. They
 * have no headers. What is known of them is in the page table, so any address can be judged without looking at memory
 * that its owner may have overwritten, and judged exactly: it is the start of a live object, or it is refused.
 */
import { PAGE_BYTES, type Inspector, type Root, type Visit } from "@heapwright/core";
import { Fragments, LARGEST_FRAGMENT } from "./fragments.js";
import type { Pages } from "./pages.js";
import { WholePages } from "./whole-pages.js";

export class LargeObjects extends WholePages {
  private readonly fragments: Fragments;

  constructor(root: Root, pages: Pages) {
    super(root, pages);
    this.fragments = new Fragments(root, pages, this.owner);
  }

  override allocateAligned(alignment: number, bytes: number): number {
    if (bytes > LARGEST_FRAGMENT || alignment >= PAGE_BYTES) return super.allocateAligned(alignment, bytes);
    const address = this.fragments.allocate(bytes, alignment);
    this.lastWasZero = this.fragments.lastWasZero;
    return address;
  }

  override free(address: number): void {
    if (this.fragments.owns(address)) this.fragments.free(address);
    else super.free(address);
  }

  override usableSize(address: number): number {
    return this.fragments.owns(address) ? this.fragments.usableSize(address) : super.usableSize(address);
  }

  /** An object of whole pages keeps at least one, and one of units does not outgrow its page. */
  override resize(address: number, bytes: number): boolean {
    return this.fragments.owns(address) ? this.fragments.resize(address, bytes) : super.resize(address, bytes);
  }

  override walk(visit: Visit): void {
    super.walk(visit);
    this.fragments.walk(visit);
  }

  override inspect(to: Inspector): number {
    return Math.max(super.inspect(to), this.fragments.inspect(to));
  }

  override check(): void {
    super.check();
    this.fragments.check();
  }

  override reclaim(threadId: number, slot: number): void {
    super.reclaim(threadId, slot);
    this.fragments.reclaim(slot);
  }
}
