import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { heapwright } from "../src/index.js";

stressWorker(heapwright, workerData as StressJob);
