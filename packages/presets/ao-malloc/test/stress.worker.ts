import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { aoMalloc } from "../src/index.js";

stressWorker(aoMalloc, workerData as StressJob);
