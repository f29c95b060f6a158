import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { spanMalloc } from "../src/index.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of [{}, { name: "span-malloc, large spans", options: { spanBytes: 2 ** 19, keptSpans: 2 } }]) {
  stressContract(spanMalloc, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(spanMalloc, start, form);
}
