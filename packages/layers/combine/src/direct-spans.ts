/**
 * A heap of blocks, and spans of their own for large requests that it has no room for: the mmap threshold of Lea's malloc.
 * A large request is served from what the heap holds anyway; what would make it grow goes to the page source directly, and
 * comes back from there as a whole.
 */
import { PAGE_BYTES, type Allocator, type Inspector, type Trims } from "@heapwright/core";
import { Pair } from "./pair.js";

/** An allocator that can be asked to serve from what it holds. */
export interface Holding extends Allocator, Trims {
  /** As `allocate`, but acquires nothing from the page source. */
  allocateHeld(bytes: number): number;
}

export class DirectSpans extends Pair {
  /**
   * @param direct serves from the page source
   * @param limit largest request in bytes for which `heap` may grow, unless `direct` has nothing either
   */
  constructor(
    private readonly heap: Holding,
    private readonly direct: Allocator,
    private readonly limit: number,
  ) {
    super(heap, direct);
  }

  override allocate(bytes: number): number {
    if (bytes <= this.limit) return this.heap.allocate(bytes);
    return this.heap.allocateHeld(bytes) || this.direct.allocate(bytes) || this.allocateAtAnyPrice(bytes);
  }

  /** With the pages that the heap can do without; or, since it may need fewer than all of the request, in the heap after all. */
  private allocateAtAnyPrice(bytes: number): number {
    this.heap.trim();
    return this.direct.allocate(bytes) || this.heap.allocate(bytes);
  }

  /** Inside the heap an aligned block needs room to be moved up in, so the sum decides. */
  override allocateAligned(alignment: number, bytes: number): number {
    if (alignment + bytes <= this.limit) return this.heap.allocateAligned(alignment, bytes);
    const address = this.direct.allocateAligned(alignment, bytes);
    if (address !== 0) return address;
    this.heap.trim();
    return this.direct.allocateAligned(alignment, bytes) || this.heap.allocateAligned(alignment, bytes);
  }

  override inspect(to: Inspector): number {
    return Math.max(this.heap.inspect(to), this.direct.inspect(to));
  }

  /** Refused where less than a page is left of a span, so that it goes back. */
  override resize(address: number, bytes: number): boolean {
    const owner = this.ownerOf(address);
    return (owner !== this.direct || bytes >= PAGE_BYTES) && owner.resize(address, bytes);
  }
}
