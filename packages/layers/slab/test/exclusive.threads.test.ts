// Workers on exclusive slabs: frees across threads, growth in flight, and kills.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import type { StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { exclusive } from "./exclusive-heap.js";

const start = (job: StressJob) => startWorker(new URL("./exclusive.worker.ts", import.meta.url), job);

stressContract(exclusive, start);
killContract(exclusive, start);
