import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { hoard } from "../src/index.js";

presetContract(hoard);
// the kind of memory is the business of the layers below, which all forms share
presetContract(hoard, { memories: MEMORY_KINDS.slice(1, 2), name: "hoard, one processor, large superblocks", options: { processors: 1, superblockBytes: 65536, slackSuperblocks: 1 } });
