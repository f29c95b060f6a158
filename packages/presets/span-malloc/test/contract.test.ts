import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { spanMalloc } from "../src/index.js";

presetContract(spanMalloc);
presetContract(spanMalloc, { name: "span-malloc, one thread, no poison", options: { threads: "one", poison: false, keptSpans: 0, minimumBlockBytes: 16 }, memories: MEMORY_KINDS.slice(0, 1) });
