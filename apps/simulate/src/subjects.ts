/**
 * Every allocator that is simulated, one line each: the preset in one of its forms, with as many heaps as its authors have
 * for a machine of {@link MOST_CORES} processors, and the system of the papers in whose place it stands.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import type { DefinedPreset } from "@heapwright/combine";
import type { HeapOptions, Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { hoard } from "@heapwright/hoard";
import { heapwright } from "heapwright";
import { michael } from "@heapwright/michael";
import { rtosHeap, type RtosHeapOptions } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";

export const MOST_CORES = 64;
const ARENA_BYTES = 2 ** 25;

export interface Subject {
  readonly name: string;
  readonly preset: DefinedPreset<HeapOptions>;
  readonly options: HeapOptions;
}

export const SUBJECTS: readonly Subject[] = [
  subject("heapwright", heapwright, {}),
  subject("michael", michael, { heaps: 2 * MOST_CORES }),
  subject("hoard", hoard, { processors: MOST_CORES }),
  subject("ao-malloc", aoMalloc, { enableMmap: true }),
  subject("ao-malloc-boehm-stack", aoMalloc, { enableMmap: true, stack: "almost-lock-free" }),
  subject("slist-pools", slistPools, { refill: true, buckets: 8 }),
  subject("slist-pools-per-thread", slistPools, { refill: true, buckets: 8, perThread: 32, isolate: true }),
  subject("dlmalloc", dlmalloc, {}),
  subject("dlmalloc-mspaces", dlmalloc, { mspaces: MOST_CORES }),
  subject("span-malloc", spanMalloc, {}),
  ...(["heap_2", "heap_2-coalescing", "heap_4"] as const).map((form) => {
    return subject<RtosHeapOptions>(`rtos-${form}`, rtosHeap, { form, heapBytes: ARENA_BYTES });
  }),
];

function subject<Options extends HeapOptions>(name: string, preset: Preset<Options>, options: Options): Subject {
  if (!("definition" in preset)) throw new RangeError(`${name} was not made by definePreset`);
  return { name, preset: preset as unknown as DefinedPreset<HeapOptions>, options };
}
