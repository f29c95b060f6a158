import { presetContract } from "@heapwright/contract/vitest";
import { aoMalloc } from "../src/index.js";

/** Chunks never change their class, and the static heap ends at 65,520 bytes a block. */
const FIXED = { growth: false, largestBlock: 65520, largestAlignment: 32768, reusesAcrossSizes: false };

presetContract(aoMalloc, { name: "ao-malloc, lock-free, static heap", abilities: FIXED });
presetContract(aoMalloc, { name: "ao-malloc, almost lock-free, static heap", options: { stack: "almost-lock-free" }, abilities: FIXED });
