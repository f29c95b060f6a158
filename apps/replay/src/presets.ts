/**
 * Every allocator that the recordings are replayed on, one line each. Main thread and workers both have the whole list,
 * and a run is told by name which of them it is about.
 *
 * A system that cannot serve every program by design says so in its line, for example
 * `contender("tiny", tiny, {}, { ceilings: { blockBytes: 64 } })`: see {@link Ceilings} for what can be declared. Each run
 * then has to prove it: where a program asks for more, the heap must have answered that by 0 and be sound, and the table
 * says `cannot`; where it does not, everything must be served as by any other.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import type { Heap, HeapOptions, Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { heapwright } from "heapwright";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { rtosHeap } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";
import type { Ceilings } from "./ceilings.js";

/** A preset with its options, under the name by which it is shown. */
export interface Contender {
  readonly name: string;
  readonly preset: Pick<Preset, "name" | "attach">;
  /** A heap that may grow to 1 GiB, or has an arena of 64 MiB: more than any recording needs. */
  create(): Heap;
  /** What its addresses are multiples of, in bytes. */
  readonly alignment: number;
  /** What it cannot serve by design. */
  readonly ceilings: Ceilings;
}

const MAXIMUM_BYTES = 2 ** 30;
/** Three times what any recording has in use at once. A fixed arena is mapped from the start, however little of it is used. */
const ARENA_BYTES = 2 ** 26;

export const CONTENDERS: readonly Contender[] = [
  contender("heapwright", heapwright, {}),
  contender("slist-pools", slistPools, {}, { ceilings: { blockBytes: 64, blocks: 64 } }),
  contender("slist-pools-growing", slistPools, { buckets: 18, refill: true, perThread: 32 }, { ceilings: { blockBytes: 2 ** 20 } }),
  contender("ao-malloc", aoMalloc, { enableMmap: true }),
  contender("ao-malloc-boehm-stack", aoMalloc, { enableMmap: true, stack: "almost-lock-free" }),
  contender("michael", michael, {}),
  contender("hoard", hoard, {}),
  contender("dlmalloc", dlmalloc, {}),
  contender("dlmalloc-mspaces", dlmalloc, { mspaces: 8 }),
  contender("span-malloc", spanMalloc, {}),
  contender("rtos-heap_2", rtosHeap, { form: "heap_2", heapBytes: ARENA_BYTES }),
  contender("rtos-heap_2-coalescing", rtosHeap, { form: "heap_2-coalescing", heapBytes: ARENA_BYTES }),
  contender("rtos-heap_4", rtosHeap, { form: "heap_4", heapBytes: ARENA_BYTES }),
];

function contender<Options extends HeapOptions>(
  name: string, preset: Preset<Options>, options: Options, unlikeMost: Partial<Pick<Contender, "alignment" | "ceilings">> = {},
): Contender {
  return { name, preset, alignment: 16, ceilings: {}, ...unlikeMost, create: () => preset.create({ maximumBytes: MAXIMUM_BYTES, ...options }) };
}
