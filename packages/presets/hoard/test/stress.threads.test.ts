import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { hoard } from "../src/index.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of [{}, { name: "hoard, crowded", options: { processors: 1, slackSuperblocks: 1 } }]) {
  stressContract(hoard, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(hoard, start, form);
}
