/**
 * One look at a heap: everything its layers report, collected before anything is made of it, so that a report and a map of
 * the same look agree.
 */
import type { CachedBlocks, Extent, Heap, HeapStats } from "@heapwright/core";

export interface Observation {
  readonly preset: string;
  /** First byte that belongs to the heap. */
  readonly base: number;
  readonly stats: HeapStats;
  readonly extents: readonly Extent[];
  readonly caches: readonly CachedBlocks[];
  /** What `heap.inspect` answers. */
  readonly largestAllocatable: number;
}

export function observe(heap: Heap): Observation {
  const extents: Extent[] = [];
  const caches: CachedBlocks[] = [];
  const largestAllocatable = heap.inspect({ extent: (extent) => extents.push(extent), cached: (blocks) => caches.push(blocks) });
  // last, so that the buffer is at least as long as what was seen
  const stats = heap.stats();
  return { preset: heap.preset, base: heap.memory.base, stats, extents, caches, largestAllocatable };
}
