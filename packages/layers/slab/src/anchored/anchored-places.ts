/**
 * Where each descriptor is, collected while everything stands still: the other half of the ownership argument in
 * partial-lists.ts. A descriptor that is met in two places, or in a place that its state forbids, is corruption.
 */
import { HeapCorruptionError, type Memory } from "@heapwright/core";
import { CREDITS } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import type { PartialLists } from "./partial-lists.js";
import { PROCESSOR_HEAP, type ProcessorHeaps } from "./processor-heaps.js";

export interface Place {
  readonly kind: "active" | "slot" | "queue" | "pool";
  /** Address of the processor heap; 0 for a queue or the pool. */
  readonly heap: number;
  /** -1 for the pool. */
  readonly sizeClass: number;
  /** Blocks that its Active word reserves. */
  readonly reserved: number;
}

/** All descriptors that are not FULL and not in the hands of the dead. @throws HeapCorruptionError when one is none, or is met twice */
export function placesOf(memory: Memory, classes: number, heaps: ProcessorHeaps, partials: PartialLists, pool: DescriptorPool): Map<number, Place> {
  const places = new Map<number, Place>();
  const add = (descriptor: number, place: Place): void => {
    if (!pool.isDescriptor(descriptor)) {
      throw new HeapCorruptionError(descriptor, "anchored descriptors", `met in ${place.kind} of class ${place.sizeClass}, but there is no descriptor`);
    }
    const other = places.get(descriptor);
    if (other !== undefined) {
      throw new HeapCorruptionError(descriptor, "anchored descriptors", `met in two places: ${other.kind} and ${place.kind}`);
    }
    places.set(descriptor, place);
  };
  for (let sizeClass = 0; sizeClass < classes; sizeClass++) {
    for (let number = 0; number < heaps.count; number++) {
      const heap = heaps.at(number, sizeClass);
      const active = memory.load((heap >>> 2) + PROCESSOR_HEAP.active);
      const partial = memory.load((heap >>> 2) + PROCESSOR_HEAP.partial) >>> 0;
      if (active !== 0) add((active & ~CREDITS) >>> 0, { kind: "active", heap, sizeClass, reserved: (active & CREDITS) + 1 });
      if (partial !== 0) add(partial, { kind: "slot", heap, sizeClass, reserved: 0 });
    }
    partials.each(sizeClass, (descriptor) => add(descriptor, { kind: "queue", heap: 0, sizeClass, reserved: 0 }));
  }
  pool.each((descriptor) => add(descriptor, { kind: "pool", heap: 0, sizeClass: -1, reserved: 0 }));
  return places;
}
