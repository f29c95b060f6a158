/** The three forms, and small heaps of them. */
import { rtosHeap, type RtosHeap, type RtosHeapOptions } from "../src/index.js";

export const FORMS = ["heap_2", "heap_2-coalescing", "heap_4"] as const;
export const MERGING = ["heap_2-coalescing", "heap_4"] as const;

export type Form = NonNullable<RtosHeapOptions["form"]>;

/** What an arena spends on itself, and a block on its tag. */
export const ARENA_OVERHEAD = 32;
export const TAG_BYTES = 4;
/** configTOTAL_HEAP_SIZE of FreeRTOS's template. */
export const TEMPLATE_BYTES = 4096;

export function make(form: Form, heapBytes = TEMPLATE_BYTES): RtosHeap {
  return rtosHeap.create({ form, heapBytes });
}

/** Free blocks by address, as tags count them. */
export function freeBlocksOf(heap: RtosHeap): { address: number; bytes: number }[] {
  const blocks: { address: number; bytes: number }[] = [];
  heap.walk(({ state, layer, address, bytes }) => {
    if (state === "free" && layer === "coalescing heap") blocks.push({ address, bytes: bytes + TAG_BYTES });
  });
  return blocks.sort((a, b) => a.address - b.address);
}
