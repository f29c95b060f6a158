/** The forms of the heap that are tested, with the abilities that each declares. */
import type { SubjectOptions } from "@heapwright/contract";
import type { RtosHeapOptions } from "../src/index.js";

/** Most of the smallest memory that the contract makes, 2 MiB. */
const HEAP_BYTES = 7 * 2 ** 18;

const arena = { growth: false, largestBlock: HEAP_BYTES - 36, largestAlignment: 2 ** 20 };

export const HEAP_2: SubjectOptions<RtosHeapOptions> = {
  name: "rtos-heap, heap_2",
  options: { form: "heap_2", heapBytes: HEAP_BYTES },
  abilities: { ...arena, reusesAcrossSizes: false, splitsForGood: true },
};

export const HEAP_2_COALESCING: SubjectOptions<RtosHeapOptions> = {
  name: "rtos-heap, heap_2 with coalescing",
  options: { form: "heap_2-coalescing", heapBytes: HEAP_BYTES },
  abilities: arena,
};

export const HEAP_4: SubjectOptions<RtosHeapOptions> = {
  name: "rtos-heap, heap_4",
  options: { form: "heap_4", heapBytes: HEAP_BYTES },
  abilities: arena,
};
