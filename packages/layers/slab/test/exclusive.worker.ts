import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { exclusive } from "./exclusive-heap.js";

stressWorker(exclusive, workerData as StressJob);
