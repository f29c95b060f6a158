import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { spanMalloc } from "../src/index.js";

stressWorker(spanMalloc, workerData as StressJob);
