import { presetContract } from "@heapwright/contract/vitest";
import { aoMalloc } from "../src/index.js";
import { ALMOST_LOCK_FREE, GROWING, STATIC } from "./subjects.js";

presetContract(aoMalloc, STATIC);
presetContract(aoMalloc, GROWING);
presetContract(aoMalloc, ALMOST_LOCK_FREE);
