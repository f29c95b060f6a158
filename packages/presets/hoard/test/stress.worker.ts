import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { hoard } from "../src/index.js";

stressWorker(hoard, workerData as StressJob);
