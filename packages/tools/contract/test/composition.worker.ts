import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { threeTiers } from "./composition.js";

stressWorker(threeTiers, workerData as StressJob);
