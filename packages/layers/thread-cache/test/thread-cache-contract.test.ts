import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { cachedExclusive, cachedOwned } from "./cached-heap.js";

// the kind of memory is the business of what is below
// exclusive superblocks are their thread's own, until that thread finds them empty or leaves
presetContract(cachedExclusive, { memories: MEMORY_KINDS.slice(2, 3), abilities: { servesFromIdle: false } });
presetContract(cachedOwned, { memories: MEMORY_KINDS.slice(0, 1) });
