/**
 * Entry of the worker threads: works in the heap it is given until it is told to stop, or killed.
 */
import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { SUBJECTS } from "./subjects.js";

const job = workerData as StressJob;
const found = SUBJECTS.find(({ preset }) => preset.name === job.handle.preset);
if (found === undefined) throw new Error(`there is no preset ${job.handle.preset}`);
stressWorker(found.preset, job);
