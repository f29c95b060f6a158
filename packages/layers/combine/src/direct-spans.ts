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
    return this.heap.allocateHeld(bytes) || this.direct.allocate(bytes) || this.heap.allocate(bytes) || this.afterTrim((side) => side.allocate(bytes));
  }

  /** Inside the heap an aligned block needs room to be moved up in, so the sum decides. */
  override allocateAligned(alignment: number, bytes: number): number {
    const attempt = (side: Allocator): number => side.allocateAligned(alignment, bytes);
    if (alignment + bytes <= this.limit) return attempt(this.heap);
    return attempt(this.direct) || attempt(this.heap) || this.afterTrim(attempt);
  }

  /** With the pages that the heap can do without. Only when it has nothing that fits: they may be the ends of what does. */
  private afterTrim(attempt: (side: Allocator) => number): number {
    this.heap.trim();
    return attempt(this.direct) || attempt(this.heap);
  }

  /** What the direct side could serve of requests within the limit it is not asked for. */
  override inspect(to: Inspector): number {
    const held = this.heap.inspect(to);
    const direct = this.direct.inspect(to);
    return direct > this.limit ? Math.max(held, direct) : held;
  }

  /** Refused where less than a page is left of a span, so that it goes back. */
  override resize(address: number, bytes: number): boolean {
    const owner = this.ownerOf(address);
    return (owner !== this.direct || bytes >= PAGE_BYTES) && owner.resize(address, bytes);
  }
}
