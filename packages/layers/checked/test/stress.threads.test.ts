import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { CHECKED_PRESETS } from "./checked-presets.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

// blocks of 8 in quarantine, so that most frees take one out of it, and often of another thread
const options = { quarantineBlocks: 8 };

// one that is lock-free, and one that locks
for (const { preset, how } of CHECKED_PRESETS.filter(({ preset }) => ["checked michael", "checked dlmalloc"].includes(preset.name))) {
  stressContract(preset, start, { ...how, options, workers: 4, seconds: 0.6 });
  killContract(preset, start, { ...how, options });
}
