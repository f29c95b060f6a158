// The suite's own subject stands the stress and the kills.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import { startWorker } from "@heapwright/workers";
import type { StressJob } from "@heapwright/contract";
import { firstFit } from "./first-fit-preset.js";

const start = (job: StressJob) => startWorker(new URL("./first-fit.worker.ts", import.meta.url), job);

stressContract(firstFit, start, { seconds: 0.6 });
killContract(firstFit, start, { kills: 5 });
