import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { rtosHeap } from "../src/index.js";
import { HEAP_2, HEAP_2_COALESCING, HEAP_4 } from "./subjects.js";

presetContract(rtosHeap, HEAP_4);
// the kind of memory is the business of the layers below, which all forms share
presetContract(rtosHeap, { ...HEAP_2, memories: MEMORY_KINDS.slice(1, 2) });
presetContract(rtosHeap, { ...HEAP_2_COALESCING, memories: MEMORY_KINDS.slice(2, 3) });
