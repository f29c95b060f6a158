import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { slistPools } from "../src/index.js";
import { FIXED, PER_THREAD, REFILLING } from "./subjects.js";

presetContract(slistPools, FIXED);
// the kind of memory is the business of the layers below, which all forms share
presetContract(slistPools, { ...REFILLING, memories: MEMORY_KINDS.slice(0, 1) });
presetContract(slistPools, { ...PER_THREAD, memories: MEMORY_KINDS.slice(2, 3) });
