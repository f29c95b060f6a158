/**
 * Every allocator that the recordings are replayed on, one line each. Main thread and workers both have the whole list,
 * and a run is told by name which of them it is about.
 */
import { aoMalloc } from "@heapwright/ao-malloc";
import type { Heap, HeapOptions, Preset } from "@heapwright/core";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";

/** A preset with its options, under the name by which it is shown. */
export interface Contender {
  readonly name: string;
  readonly preset: Pick<Preset, "name" | "attach">;
  /** A heap that may grow to 1 GiB, far more than any recording needs. */
  create(): Heap;
  /** What its addresses are multiples of, in bytes. */
  readonly alignment: number;
}

const MAXIMUM_BYTES = 2 ** 30;

export const CONTENDERS: readonly Contender[] = [
  contender("ao-malloc", aoMalloc, { enableMmap: true }),
  contender("ao-malloc-boehm-stack", aoMalloc, { enableMmap: true, stack: "almost-lock-free" }),
  contender("michael", michael, {}),
  contender("hoard", hoard, {}),
];

function contender<Options extends HeapOptions>(name: string, preset: Preset<Options>, options: Options, alignment = 16): Contender {
  return { name, preset, alignment, create: () => preset.create({ maximumBytes: MAXIMUM_BYTES, ...options }) };
}
