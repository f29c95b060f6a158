// Workers with caches: frees across threads, growth in flight, and kills.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import type { StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { cachedExclusive, cachedOwned } from "./cached-heap.js";

const start = (job: StressJob) => startWorker(new URL("./thread-cache.worker.ts", import.meta.url), job);

for (const preset of [cachedExclusive, cachedOwned]) {
  stressContract(preset, start, { seconds: 0.6 });
  killContract(preset, start);
}
