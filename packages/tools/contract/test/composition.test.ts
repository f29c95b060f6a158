// Compositions of one's own pass what the presets pass.
import { CONTRACT_CASES, MEMORY_KINDS, subjectsOf } from "@heapwright/contract";
import { heapContract, presetContract } from "@heapwright/contract/vitest";
import { bySuperblocks, threeTiers } from "./composition.js";

// Small blocks lie in superblocks that are private to a thread.
presetContract(threeTiers, { memories: MEMORY_KINDS.slice(1, 2), abilities: { servesFromIdle: false } });

// A hyperblock of 1 MiB is more than others take at once, and what the cache frees first takes a page for queues.
const casesOf = (...groups: string[]) => CONTRACT_CASES.filter(({ group }) => groups.includes(group));
heapContract(subjectsOf(bySuperblocks)[0], casesOf("growth", "exhaustion"));
