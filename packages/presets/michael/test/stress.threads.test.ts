import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { michael } from "../src/index.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

stressContract(michael, start, { workers: 4, seconds: 0.6 });
killContract(michael, start);
stressContract(michael, start, { name: "michael with one processor heap", options: { heaps: 1 }, workers: 4, seconds: 0.6 });
