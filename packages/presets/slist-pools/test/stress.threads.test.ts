import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { slistPools } from "../src/index.js";
import { PER_THREAD, REFILLING } from "./subjects.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of [REFILLING, PER_THREAD]) {
  stressContract(slistPools, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(slistPools, start, form);
}
