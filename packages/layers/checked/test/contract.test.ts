import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { CHECKED_PRESETS } from "./checked-presets.js";

// every step of a script reads the whole heap twice, by the checks and by the contract
process.env["HEAPWRIGHT_RUNS"] ??= "8";

// each kind of memory is seen by some, and all of them by the first
for (const [i, { preset, how }] of CHECKED_PRESETS.entries()) {
  presetContract(preset, i === 0 ? how : { ...how, memories: [MEMORY_KINDS[i % MEMORY_KINDS.length]] });
}
