import { workerData } from "node:worker_threads";
import { stressWorker, type StressJob } from "@heapwright/contract";
import { CHECKED_PRESETS } from "./checked-presets.js";

const job = workerData as StressJob;
const { preset } = CHECKED_PRESETS.find((one) => one.preset.name === job.handle.preset)!;
stressWorker(preset, job);
