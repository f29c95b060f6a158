import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { cachedExclusive, cachedOwned } from "./cached-heap.js";

const job = workerData as StressJob;
stressWorker(job.handle.preset === cachedOwned.name ? cachedOwned : cachedExclusive, job);
