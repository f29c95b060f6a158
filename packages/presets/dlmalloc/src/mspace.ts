/**
 * One mspace, used by itself. Its blocks are blocks of the heap like all others, and any thread may free them in any way;
 * only where new ones come from has been chosen. Requests of all sizes are served from its own segments, direct spans are
 * not used: so its footprint is all that it holds, and its limit holds for all (`mspace_track_large_chunks` in Lea's malloc).
 */
import { integerIn, type Allocator, type Heap, type HeapHandle, type Root } from "@heapwright/core";
import { ComposedHeap, Wrapper } from "@heapwright/combine";
import type { ChoosingSpans } from "./choosing-spans.js";
import type { DlmallocComposition } from "./composition.js";
import type { Space } from "./space.js";

export interface Mspace extends Pick<Heap, "malloc" | "calloc" | "realloc" | "alignedAlloc" | "free" | "usableSize"> {
  /** 0 to `mspaces - 1`. */
  readonly index: number;
  /** Bytes in segments, as of a moment ago. */
  footprint(): number;
  /** The most that {@link footprint} has been. */
  peakFootprint(): number;
  /** What {@link footprint} may not exceed; 0: no limit. */
  footprintLimit(): number;
  /**
   * For all threads. What is held already stays.
   * @param bytes rounded up to pages of 64 KiB; 0: no limit
   * @throws RangeError when it is no integer from 0 to 2^32
   */
  setFootprintLimit(bytes: number): void;
  /** Gives back to the page source what holds no block in use: whole segments, and pages at the ends of the others. */
  trim(): void;
}

/**
 * The whole heap, with all that is around its spaces, except that new blocks come from one of them. The choice is this thread's alone
 * and lasts for one call. It is made in both methods, not by a closure: reports of call sites know methods of these names for ours.
 */
class Chosen extends Wrapper {
  constructor(
    whole: Allocator,
    private readonly spaces: ChoosingSpans,
    private readonly space: Space,
  ) {
    super(whole);
  }

  override allocate(bytes: number): number {
    this.spaces.chosen = this.space;
    try {
      return super.allocate(bytes);
    } finally {
      this.spaces.chosen = undefined;
    }
  }

  override allocateAligned(alignment: number, bytes: number): number {
    this.spaces.chosen = this.space;
    try {
      return super.allocateAligned(alignment, bytes);
    } finally {
      this.spaces.chosen = undefined;
    }
  }
}

export class ChosenMspace extends ComposedHeap implements Mspace {
  private readonly space: Space;
  readonly index: number;

  constructor(root: Root, { allocator, pages, spaces, choice }: DlmallocComposition, index: number, handle: HeapHandle) {
    const space = spaces[index];
    super(root, { allocator: new Chosen(allocator, choice, space), pages, sizes: "exact" }, handle);
    this.space = space;
    this.index = index;
  }

  footprint(): number {
    this.enter();
    return this.space.footprint();
  }

  peakFootprint(): number {
    this.enter();
    return this.space.peakFootprint();
  }

  footprintLimit(): number {
    this.enter();
    return this.space.footprintLimit();
  }

  setFootprintLimit(bytes: number): void {
    this.enter();
    this.space.setFootprintLimit(integerIn("bytes", bytes, 0, 2 ** 32));
  }

  trim(): void {
    this.enter();
    this.space.trim();
  }

  /** The thread leaves with the whole heap. */
  override [Symbol.dispose](): void {
    this.depart();
  }
}
