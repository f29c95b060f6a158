/**
 * One run: one recording on one preset. Each has workers of its own, so that what the engine learns of one preset
 * neither helps nor hinders the next.
 */
import { Worker } from "node:worker_threads";
import type { Heap } from "@heapwright/core";
import { describeFailure, replayOnWorkers, type ReplayJob, type ReplayReport, type Trace } from "@heapwright/trace";
import { endingOf, type Ending } from "./ceilings.js";
import type { Contender } from "./presets.js";

/** What a worker is given. */
export interface WorkerTask {
  readonly contender: string;
  readonly job: ReplayJob;
}

export interface RunResult {
  readonly contender: string;
  readonly trace: string;
  readonly report: ReplayReport;
  readonly ending: Ending;
}

export interface RunOptions {
  /** The bundled worker.ts. */
  readonly worker: URL;
  readonly timeoutMilliseconds: number;
}

export async function run(contender: Contender, name: string, trace: Trace, { worker, timeoutMilliseconds }: RunOptions): Promise<RunResult> {
  const start = (job: ReplayJob): Worker => {
    const workerData: WorkerTask = { contender: contender.name, job };
    return new Worker(worker, { workerData });
  };
  const { alignment, ceilings } = contender;
  const heap = contender.create();
  const report = await replayOnWorkers({ trace, heap, start, alignment, timeoutMilliseconds });
  const ending = endingOf(report, trace, ceilings);
  return { contender: contender.name, trace: name, report, ending: ending.as === "cannot" ? afterCheck(heap, ending) : ending };
}

/** The run of a recording that cannot be read has failed, on each contender: none is left out of the table. */
export function runOfNothing(contender: Contender, name: string, reason: string): RunResult {
  const { preset, progress } = contender.create();
  const figures = { seconds: 0, eventsPerSecond: 0, mappedPerLive: undefined, metadataPerBlock: undefined, atPeak: undefined, atEnd: undefined };
  return { contender: contender.name, trace: name, report: { preset, progress, threads: 0, events: 0, ...figures, failures: [] }, ending: { as: "failed", reason } };
}

/** A heap that could not serve must be sound all the same. No other thread uses it any more. */
function afterCheck(heap: Heap, ending: Ending): Ending {
  try {
    heap.check();
    return ending;
  } catch (error) {
    return { as: "failed", reason: `after it could not serve: ${String(error)}` };
  }
}

/** `yes`; or why the system cannot; or what went wrong. */
export function verdict({ report: { failures }, ending }: RunResult): string {
  if (ending.as === "verified") return "yes";
  if (ending.reason !== undefined) return `${ending.as === "cannot" ? "cannot" : "FAILED"}: ${ending.reason}`;
  const [first] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  return `${first.kind === "out of memory" ? "not served" : "FAILED"}: ${describeFailure(first)}${more}`;
}
