import { presetContract } from "@heapwright/contract/vitest";
import { rtosHeap } from "../src/index.js";
import { HEAP_2, HEAP_2_COALESCING, HEAP_4 } from "./subjects.js";

presetContract(rtosHeap, HEAP_2);
presetContract(rtosHeap, HEAP_2_COALESCING);
presetContract(rtosHeap, HEAP_4);
