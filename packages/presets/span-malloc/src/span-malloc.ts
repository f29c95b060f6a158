/**
 * A span allocator, the kind that is written to learn how malloc works, made whole: spans of at least 64 KiB, the newest
 * first and in each the block freed last, served from the back, merged with both neighbours at once, and filled with
 * poison when freed. Everything is in the layers; this is how they fit together.
 */
import { flag, integerIn, oneOf, PAGE_BYTES, type HeapOptions, type Preset } from "@heapwright/core";
import { CoalescingHeap, SpanFirstFit } from "@heapwright/coalesce";
import { DeferredFrees, definePreset, Locked } from "@heapwright/combine";
import { Pages } from "@heapwright/pages";
import { FutexLock, LOCK } from "@heapwright/sync";

/** What a freed payload is full of. */
const POISON = 0xae;
/** The smallest block of the original, and the smallest rest that it splits off. */
const SMALLEST_BLOCK = 64;
const LARGEST_SPAN_PAGES = 16384;

export interface SpanMallocOptions extends HeapOptions {
  /** Smallest span that is acquired, a multiple of 65536 up to 2^30. Default 65536. */
  spanBytes?: number;
  /** Smallest block, its tag of 4 bytes included, and smallest rest that is split off; a multiple of 16 up to 32768. Default 64. */
  minimumBlockBytes?: number;
  /** Wholly free spans are kept up to the size of so many smallest ones; the others go back. 0 to 1024. Default 1. */
  keptSpans?: number;
  /** Whether what is freed is filled with 0xae, of a large block the first 64 KiB. Default true. */
  poison?: boolean;
  /** `one`: no lock, for a heap that one thread uses at a time. Default `many`. */
  threads?: "one" | "many";
}

interface SpanMallocSettings extends Record<string, string | number | boolean> {
  spanBytes: number;
  minimumBlockBytes: number;
  keptSpans: number;
  poison: boolean;
  threads: "one" | "many";
}

export const spanMalloc: Preset<SpanMallocOptions> = definePreset<SpanMallocOptions, SpanMallocSettings>({
  name: "span-malloc",
  progress: "blocking",

  settings: ({ spanBytes = PAGE_BYTES, minimumBlockBytes = SMALLEST_BLOCK, keptSpans = 1, poison = true, threads = "many" }) => ({
    spanBytes: multiple("spanBytes", spanBytes, PAGE_BYTES, LARGEST_SPAN_PAGES),
    minimumBlockBytes: multiple("minimumBlockBytes", minimumBlockBytes, 16, 2048),
    keptSpans: integerIn("keptSpans", keptSpans, 0, 1024),
    poison: flag("poison", poison),
    threads: oneOf("threads", threads, ["one", "many"]),
  }),

  build(root, { spanBytes, minimumBlockBytes, keptSpans, poison, threads }) {
    const pages = new Pages(root);
    const heap = new CoalescingHeap(root, pages, {
      fit: SpanFirstFit,
      serveFrom: "back",
      spanBytes,
      minimumBlockBytes,
      keepBytes: Math.min(keptSpans * spanBytes, 2 ** 32 - PAGE_BYTES),
      poison: poison ? POISON : "none",
    });
    if (threads === "one") return { pages, allocator: heap };
    const lock = new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id);
    return { pages, allocator: new Locked(heap, lock, new DeferredFrees(root)) };
  },
});

/** @returns `value` if it is `unit` times an integer from 1 to `most`. @throws RangeError naming it otherwise */
function multiple(name: string, value: number, unit: number, most: number): number {
  if (integerIn(name, value, unit, unit * most) % unit !== 0) throw new RangeError(`${name} must be a multiple of ${unit}, not ${value}`);
  return value;
}
