import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { cachedExclusive, cachedOwned } from "./cached-heap.js";

// exclusive superblocks are their thread's own, until that thread finds them empty or leaves
presetContract(cachedExclusive, { abilities: { servesFromIdle: false } });
// the kind of memory is the business of what is below
presetContract(cachedOwned, { memories: MEMORY_KINDS.slice(0, 1) });
