import { MEMORY_KINDS } from "@heapwright/contract";
import { presetContract } from "@heapwright/contract/vitest";
import { CHECKED_PRESETS } from "./checked-presets.js";

// each on one kind of memory in turn; and every step of a script reads the whole heap twice, by the checks and by the contract
for (const [i, { preset, how }] of CHECKED_PRESETS.entries()) {
  presetContract(preset, { memories: [MEMORY_KINDS[i % MEMORY_KINDS.length]], runs: 5, ...how });
}
