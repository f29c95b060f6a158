/** The forms of slist-pools that are tested, with the abilities that each declares. */
import type { SubjectOptions } from "@heapwright/contract";
import type { SlistPoolsOptions } from "../src/index.js";

/** The original's four buckets, with enough blocks for what the contract does. */
export const FIXED: SubjectOptions<SlistPoolsOptions> = {
  name: "slist-pools, fixed",
  options: { blocksPerBucket: 2048 },
  abilities: { growth: false, largestBlock: 64, largestAlignment: 64, reusesAcrossSizes: false },
};

export const REFILLING: SubjectOptions<SlistPoolsOptions> = {
  name: "slist-pools, refilling",
  options: { buckets: 14, refill: true },
  abilities: { largestBlock: 65_536, largestAlignment: 65_536, reusesAcrossSizes: false },
};

export const PER_THREAD: SubjectOptions<SlistPoolsOptions> = {
  name: "slist-pools, refilling, with pools per thread",
  options: { buckets: 14, refill: true, isolate: true, perThread: 32 },
  abilities: { largestBlock: 65_536, largestAlignment: 65_536, reusesAcrossSizes: false, servesFromIdle: false },
};
