// A composition of one's own stands the stress and the kills.
import { killContract, stressContract } from "@heapwright/contract/vitest";
import type { StressJob } from "@heapwright/contract";
import { startWorker } from "@heapwright/workers";
import { threeTiers } from "./composition.js";

const start = (job: StressJob) => startWorker(new URL("./composition.worker.ts", import.meta.url), job);

stressContract(threeTiers, start, { seconds: 0.6 });
killContract(threeTiers, start);
