import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { privateSlabs } from "./private-heap.js";

stressWorker(privateSlabs, workerData as StressJob);
