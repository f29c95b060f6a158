import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { slistPools } from "../src/index.js";

stressWorker(slistPools, workerData as StressJob);
