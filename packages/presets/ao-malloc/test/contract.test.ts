import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { aoMalloc } from "../src/index.js";
import { ALMOST_LOCK_FREE, GROWING, STATIC } from "./subjects.js";

presetContract(aoMalloc, GROWING);
// growing is the business of the layers below, which all forms share; what is too large is only told by them where none is for large objects
presetContract(aoMalloc, { ...STATIC, memories: MEMORY_KINDS.slice(2) });
presetContract(aoMalloc, { ...ALMOST_LOCK_FREE, memories: MEMORY_KINDS.slice(2, 3) });
