/**
 * Entry of the worker threads: joins the heap of one preset, plays one recorded thread, tells how it went.
 */
import { parentPort, workerData } from "node:worker_threads";
import { playJob } from "@heapwright/trace";
import { CONTENDERS } from "./presets.js";
import type { WorkerTask } from "./run.js";

const { contender, job } = workerData as WorkerTask;
const found = CONTENDERS.find(({ name }) => name === contender);
if (found === undefined) throw new Error(`there is no preset ${contender}`);
parentPort?.postMessage(playJob(job, found.preset));
