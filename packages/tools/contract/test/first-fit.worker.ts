import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { firstFit } from "./first-fit-preset.js";
import { flawedFirstFit } from "./flawed-first-fit.js";

const job = workerData as StressJob;
if (job.handle.preset === firstFit.name) stressWorker(firstFit, job);
else stressWorker(flawedFirstFit, job);
