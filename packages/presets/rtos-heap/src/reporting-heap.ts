/**
 * A heap that reports what FreeRTOS's `vPortGetHeapStats` does. The figures are taken under the heap's lock, so they
 * belong together; the arena is acquired when the heap is made, so they are those of the whole arena from the start.
 */
import type { CoalescingHeap } from "@heapwright/coalesce";
import { ComposedHeap, type Composition, type Counted, type Locked } from "@heapwright/combine";
import type { Heap, HeapHandle, HeapStats, Root } from "@heapwright/core";

/** Sizes are of whole blocks, as FreeRTOS counts them: a block serves 4 bytes less. */
export interface RtosHeapStats extends HeapStats {
  /** In free blocks, together. */
  readonly freeBytes: number;
  /** The least that {@link freeBytes} has been since the heap was made. */
  readonly minimumEverFreeBytes: number;
  readonly freeBlocks: number;
  /** 0 when nothing is free. */
  readonly largestFreeBlockBytes: number;
  readonly smallestFreeBlockBytes: number;
  /** Blocks handed out, a `realloc` that moves included. */
  readonly successfulAllocations: number;
  readonly successfulFrees: number;
}

export interface RtosHeap extends Heap {
  /**
   * The state of the arena at one moment, in time proportional to the number of free blocks. Any thread may ask at any
   * time; it waits for the heap's lock, as `usableSize` does.
   */
  heapStats(): RtosHeapStats;
}

export interface ReportingComposition extends Composition {
  /** What holds the lock, whatever lies around it. */
  readonly locked: Locked;
  readonly arena: CoalescingHeap;
  readonly counted: Counted;
}

export class ReportingHeap extends ComposedHeap implements RtosHeap {
  private readonly parts: ReportingComposition;

  /** @throws RangeError when a new heap's arena does not fit the memory */
  constructor(root: Root, parts: ReportingComposition, handle: HeapHandle) {
    super(root, parts, handle);
    this.parts = parts;
    if (root.fresh && !parts.arena.reserve()) {
      throw new RangeError(`heapBytes must fit the memory: its maximum of ${root.memory.maximumBytes} bytes has no room for ${String(handle.options["heapBytes"])} beside the header`);
    }
  }

  heapStats(): RtosHeapStats {
    const { locked, arena, counted } = this.parts;
    // first, as it refuses a thread that has left and renews the views
    const stats = this.stats();
    return locked.exclusively(() => {
      const { count, smallestBytes, largestBytes } = arena.freeBlocks();
      const { allocations, frees } = counted.counts();
      const freeBytes = arena.freeBytes();
      return {
        ...stats,
        freeBytes,
        minimumEverFreeBytes: freeBytes + arena.usedBytes() - arena.peakUsedBytes(),
        freeBlocks: count,
        largestFreeBlockBytes: largestBytes,
        smallestFreeBlockBytes: smallestBytes,
        successfulAllocations: allocations,
        successfulFrees: frees,
      };
    });
  }
}
