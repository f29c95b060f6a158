import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { dlmalloc } from "../src/index.js";

stressWorker(dlmalloc, workerData as StressJob);
