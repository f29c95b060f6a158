import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { aoMalloc } from "../src/index.js";
import { ALMOST_LOCK_FREE, GROWING } from "./subjects.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of [GROWING, ALMOST_LOCK_FREE]) {
  stressContract(aoMalloc, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(aoMalloc, start, form);
}
