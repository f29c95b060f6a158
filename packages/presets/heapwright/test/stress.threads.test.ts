import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { heapwright } from "../src/index.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

stressContract(heapwright, start, { workers: 4, seconds: 2 });
killContract(heapwright, start, { kills: 10 });
