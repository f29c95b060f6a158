import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { privateSlabs } from "./private-heap.js";

// the preset that is made of them is tested on every kind of memory
presetContract(privateSlabs, { memories: MEMORY_KINDS.slice(2, 3), abilities: { servesFromIdle: false } });
