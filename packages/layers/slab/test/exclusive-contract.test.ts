import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { exclusive } from "./exclusive-heap.js";

// a superblock is its thread's own, until that thread finds it empty or leaves
// the kind of memory is the business of what is below; those behind a thread cache are tested on WebAssembly's
presetContract(exclusive, { memories: MEMORY_KINDS.slice(0, 1), abilities: { servesFromIdle: false } });
