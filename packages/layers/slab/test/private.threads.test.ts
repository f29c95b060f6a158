// Workers on private slabs: frees across threads, growth in flight, and kills.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import type { StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { privateSlabs } from "./private-heap.js";

const start = (job: StressJob) => startWorker(new URL("./private.worker.ts", import.meta.url), job);

stressContract(privateSlabs, start);
killContract(privateSlabs, start);
