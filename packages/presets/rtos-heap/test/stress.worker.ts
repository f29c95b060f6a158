import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { rtosHeap } from "../src/index.js";

stressWorker(rtosHeap, workerData as StressJob);
