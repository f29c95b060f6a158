import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { michael } from "../src/index.js";

stressWorker(michael, workerData as StressJob);
