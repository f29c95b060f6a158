import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import { dlmalloc } from "../src/index.js";
import { FORMS } from "./forms.js";

const start = (job: unknown): ReturnType<typeof startWorker> => startWorker(new URL("stress.worker.ts", import.meta.url), job);

for (const form of FORMS) {
  stressContract(dlmalloc, start, { ...form, workers: 4, seconds: 0.6 });
  killContract(dlmalloc, start, form);
}
