import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { locked } from "./presets.js";

stressWorker(locked, workerData as StressJob);
