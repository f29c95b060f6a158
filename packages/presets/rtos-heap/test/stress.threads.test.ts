import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { rtosHeap } from "../src/index.js";
import { HEAP_2, HEAP_2_COALESCING, HEAP_4 } from "./subjects.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of [HEAP_2, HEAP_2_COALESCING, HEAP_4]) {
  stressContract(rtosHeap, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(rtosHeap, start, form);
}
