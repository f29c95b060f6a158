import { presetContract } from "@heapwright/contract/vitest";
import { slistPools } from "../src/index.js";
import { FIXED, PER_THREAD, REFILLING } from "./subjects.js";

presetContract(slistPools, FIXED);
presetContract(slistPools, REFILLING);
presetContract(slistPools, PER_THREAD);
