/**
 * Thread caches, over a bucket of a few blocks and over slabs of one thread each: what a thread frees stays with it, and comes
 * and goes in batches, so that any call may be the one that empties a list or finds it too long.
 */
import type { Allocator, Classes, Root } from "@heapwright/core";
import type { Scenario } from "@heapwright/model";
import type { Pages } from "@heapwright/pages";
import { ExclusiveSlabs, SlistBuckets } from "@heapwright/slab";
import { table } from "@heapwright/sizes";
import { ThreadCache } from "@heapwright/thread-cache";
import { caseOf, type Case } from "./case.js";
import { both, release, take, takeMany, turn, type Act, type SlabThread } from "./hands.js";
import { slabScenario, taken, type Play } from "./slabs.js";

export const SMALL = 8;
const LARGE = 8192;
/** Blocks that the bucket has, so that two threads can fetch a batch each. */
const POOL = 4;
/** And one more. */
const POOL_AND_BATCH = 6;
/** Most blocks that a thread keeps; half of them come and go at once. */
const KEPT = 4;

type CachedPlay = Pick<Play<ThreadCache>, "name" | "acts" | "before"> & {
  readonly kept?: number;
  readonly below?: (root: Root, pages: Pages) => Allocator & Classes;
  /** Breaks what a thread works through. */
  readonly change?: (cache: ThreadCache, root: Root) => void;
};

const bucketOf = (blocks: number) => (root: Root, pages: Pages): SlistBuckets => new SlistBuckets(root, pages, { buckets: 1, blocksPerBucket: blocks, refill: "never", spacing: "close" });
const slabs = (root: Root, pages: Pages): ExclusiveSlabs => new ExclusiveSlabs(root, pages, table([LARGE]));

export const cached = ({ kept = KEPT, below = bucketOf(POOL), change = () => {}, ...play }: CachedPlay): ReturnType<typeof slabScenario<ThreadCache>> =>
  slabScenario({
    ...play,
    pages: 4,
    make(root, pages) {
      const cache = new ThreadCache(root, pages, below(root, pages), { blocksPerClass: kept });
      change(cache, root);
      return cache;
    },
  });

/** The observer has allocated so many blocks, and keeps none. */
export const present = (count: number) => (cache: ThreadCache, index: number): readonly number[] => {
  if (index >= 0) return [];
  const blocks = Array.from({ length: Math.max(1, count) }, () => cache.allocate(SMALL));
  if (count === 0) cache.free(blocks.pop()!);
  cache.trim();
  return blocks;
};

/** Each thread keeps two blocks, and as many are left. */
export const stocked = {
  below: bucketOf(POOL_AND_BATCH),
  before(cache: ThreadCache, index: number): readonly number[] {
    cache.free(cache.allocate(SMALL));
    if (index < 0) cache.trim();
    return [];
  },
};

/** The first thread has allocated so many blocks; the page with the rows is there. */
const firstHas = (count: number) => (cache: ThreadCache, index: number): readonly number[] => {
  if (index < 0) cache.free(cache.allocate(LARGE));
  return index === 0 ? Array.from({ length: count }, () => cache.allocate(LARGE)) : [];
};

export const leave: Act<ThreadCache> = ({ slabs: cache }) => cache.leave();
const takeOne = take(SMALL);
const turnOne = turn(SMALL);

const fetched = cached({ name: "cache: two threads fetch the last blocks in batches", before: present(0), acts: [takeMany(2, SMALL), takeMany(2, SMALL)] });
const returned = cached({ name: "cache: more is freed than is kept while another thread fetches", kept: 2, before: present(3), acts: [both(release(0), release(1), release(2)), both(takeOne, takeOne)] });
const crossed = cached({ name: "cache: two threads free each other's blocks, take, and leave", before: present(2), acts: [both(release(0), takeOne, leave), both(release(1), turnOne, leave)] });
const home = cached({ name: "cache: a block is kept by another thread while the owner of its slab leaves", below: slabs, before: firstHas(2), acts: [both(release(1), leave), both(release(0), turn(LARGE), leave)] });
const kept = cached({ name: "cache: two threads take and free what they keep", ...stocked, acts: [both(turnOne, turnOne), turnOne] });
const trio = cached({ name: "cache: three threads, one of which fetches what two free", kept: 2, before: present(4), acts: [both(release(0), release(1)), both(release(2), release(3)), takeOne] });

/** The pool is there, and no row. */
function beginning(): ReturnType<typeof cached> {
  let buckets: SlistBuckets;
  return cached({
    name: "cache: two threads make the page with their rows",
    acts: [turnOne, turnOne],
    below: (root, pages) => (buckets = bucketOf(POOL)(root, pages)),
    before(_, index) {
      if (index < 0) buckets.reserve();
      return [];
    },
  });
}

const begun = beginning();

/** What the dead had kept can be had again, but for a block in hand; the rescuer has another. */
export function comesBack(scenario: Scenario<SlabThread<ThreadCache>>): Scenario<SlabThread<ThreadCache>> {
  const rescued = taken(scenario, SMALL);
  return {
    ...rescued,
    end(thread, outcome) {
      rescued.end?.(thread, outcome);
      let blocks = 0;
      while (thread.layers.slabs.allocate(SMALL) !== 0) blocks++;
      if (blocks < POOL_AND_BATCH - 2 * outcome.dead.length) throw new Error(`of ${POOL_AND_BATCH} blocks only ${blocks} can be had again`);
    },
  };
}

export const CACHED: readonly Case[] = [
  caseOf(fetched, { preemptions: 3 }),
  caseOf(returned, { preemptions: 3 }),
  caseOf(crossed, { preemptions: 3 }),
  caseOf(begun, { preemptions: 2, steps: 40_000 }),
  caseOf(home, { preemptions: 3 }),
  caseOf(trio, { preemptions: 2 }),
  caseOf(returned, { progress: "alone", preemptions: 1 }),
  caseOf(kept, { preemptions: 3 }),
  caseOf(comesBack(kept), { deaths: 1, preemptions: 1 }),
  caseOf(taken(fetched, SMALL), { deaths: 1, preemptions: 0 }),
  caseOf(taken(returned, SMALL), { deaths: 1, preemptions: 1 }),
];

/** With wider bounds; for the long run. */
export const CACHED_WIDELY: readonly Case[] = [
  ...[fetched, returned, crossed, home, kept].map((scenario) => caseOf(scenario)),
  caseOf(begun, { preemptions: 3, steps: 40_000 }),
  caseOf(trio, { preemptions: 5 }),
  caseOf(comesBack(kept), { deaths: 1, preemptions: 3 }),
  caseOf(taken(fetched, SMALL), { deaths: 1, preemptions: 1 }),
  caseOf(taken(returned, SMALL), { deaths: 1, preemptions: 2 }),
  caseOf(returned, { progress: "alone", preemptions: 3 }),
];
