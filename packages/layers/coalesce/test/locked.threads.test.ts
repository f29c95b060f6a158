// Workers on one coalescing heap behind a lock; some are killed inside of it.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import type { StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { locked } from "./presets.js";

const start = (job: StressJob) => startWorker(new URL("./locked.worker.ts", import.meta.url), job);

stressContract(locked, start, { seconds: 0.6 });
killContract(locked, start);
