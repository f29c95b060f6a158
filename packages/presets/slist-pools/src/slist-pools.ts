/**
 * Buckets of fixed sizes on lock-free SLISTs, with a one-word header that names the bucket while a block is live and
 * links it while it is free; and, if wanted, a pool for each thread in front of them. From two answers on Stack Overflow
 * to "Lock free multithreaded memory allocators" (question 1995871). Everything is in the layers; this is how they fit together.
 */
import { fixed, flag, integerIn, PAGE_BYTES, type HeapOptions } from "@heapwright/core";
import { definePreset, type PresetOf } from "@heapwright/combine";
import { headerRoom, mostBesideHeader, Pages } from "@heapwright/pages";
import { BucketGeometry, MOST_BUCKETS, SlistBuckets, type BucketOptions } from "@heapwright/slab";
import { ThreadCache } from "@heapwright/thread-cache";
import { SlistPoolsHeap, type BucketComposition } from "./slist-pools-heap.js";

/** Beside the header, and a page for what threads keep. */
const LARGEST_POOL = mostBesideHeader() - PAGE_BYTES;
/** BUCKET_COUNT and BLOCKS_TO_ALLOCATE of the original. */
const BUCKETS = 4;
const BLOCKS_PER_BUCKET = 16;

export interface SlistPoolsOptions extends HeapOptions {
  /** How many buckets: bucket i serves requests of up to 8 * 2^i bytes. 1 to 20; default 4, so that 64 bytes are the most. */
  buckets?: number;
  /**
   * Blocks of each bucket, 1 to 65,536; default 16. Without `refill` those of all buckets have to fit in 4 GiB with the header. With it
   * they are added at once, but no more than fit 256 KiB, and at least one; and as many more as their pages hold.
   */
  blocksPerBucket?: number;
  /** Whether a bucket that is used up gets further blocks, by growing the memory. Default false. */
  refill?: boolean;
  /** Whether each block has cache lines of its own, so that no two threads write to the same one. Default false. */
  isolate?: boolean;
  /** Blocks of each bucket that a thread may keep for itself, 0 to 4096; at most 32 KiB of a bucket. Default 0: none. */
  perThread?: number;
}

interface SlistPoolsSettings extends Record<string, string | number | boolean> {
  buckets: number;
  blocksPerBucket: number;
  refill: boolean;
  isolate: boolean;
  perThread: number;
}

/** @throws RangeError for a pool that no memory is long enough for */
function poolInRange(settings: SlistPoolsSettings): SlistPoolsSettings {
  const { buckets, blocksPerBucket, refill } = settings;
  const { poolBytes } = new BucketGeometry(bucketsOf(settings));
  if (refill || poolBytes <= LARGEST_POOL) return settings;
  throw new RangeError(`buckets, ${buckets}, and blocksPerBucket, ${blocksPerBucket}, make a pool of ${poolBytes} bytes, more than ${LARGEST_POOL}`);
}

function bucketsOf({ buckets, blocksPerBucket, refill, isolate }: SlistPoolsSettings): BucketOptions {
  return { buckets, blocksPerBucket, refill: refill ? "on demand" : "never", spacing: isolate ? "isolated" : "close" };
}

export const slistPools: PresetOf<SlistPoolsHeap, SlistPoolsOptions> = definePreset<SlistPoolsOptions, SlistPoolsSettings, BucketComposition, SlistPoolsHeap>(
  {
    name: "slist-pools",
    progress: "lock-free",

    settings: ({ buckets = BUCKETS, blocksPerBucket = BLOCKS_PER_BUCKET, refill = false, isolate = false, perThread = 0 }) => poolInRange({
      buckets: integerIn("buckets", buckets, 1, MOST_BUCKETS),
      blocksPerBucket: integerIn("blocksPerBucket", blocksPerBucket, 1, 65536),
      refill: flag("refill", refill),
      isolate: flag("isolate", isolate),
      perThread: integerIn("perThread", perThread, 0, 4096),
    }),

    /** The pool, the header and a page for what threads keep, unless it may grow. */
    memory(settings, maximumThreads) {
      if (settings.refill) return undefined;
      const { poolBytes } = new BucketGeometry(bucketsOf(settings));
      return fixed(poolBytes + PAGE_BYTES + headerRoom(poolBytes / PAGE_BYTES, maximumThreads));
    },

    build(root, settings) {
      const pages = new Pages(root);
      const buckets = new SlistBuckets(root, pages, bucketsOf(settings));
      const allocator = settings.perThread === 0 ? buckets : new ThreadCache(root, pages, buckets, { blocksPerClass: settings.perThread });
      return { allocator, pages, buckets };
    },
  },
  SlistPoolsHeap,
);
