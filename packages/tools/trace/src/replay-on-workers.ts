/**
 * Replays a trace with one worker of Node per recorded thread, and puts what they tell into one report. How a worker is
 * started is the application's business; its entry calls {@link playJob} and posts what it returns. The one idea: this
 * thread never touches the heap while the workers run, so that it can always end them when the time is over.
 */
import type { Worker } from "node:worker_threads";
import type { Heap, HeapHandle, HeapStats, Preset, Progress } from "@heapwright/core";
import { ReplayBoard, type ReplayBoardHandle } from "./replay-board.js";
import type { ReplayFailure } from "./replay-failure.js";
import { planReplay, type ReplayPlan } from "./replay-plan.js";
import { replayThread, type ThreadOutcome } from "./replay-thread.js";
import type { Trace } from "./trace.js";

/** What a worker needs to play its part. Structured-cloneable. */
export interface ReplayJob {
  readonly heap: HeapHandle;
  readonly plan: ReplayPlan;
  readonly board: ReplayBoardHandle;
  readonly thread: number;
  /** Bytes. */
  readonly alignment: number;
}

export interface ReplayRun {
  readonly trace: Trace;
  /** As this thread created it. It is left, not freed, when the run is over. */
  readonly heap: Heap;
  /** Starts a worker that posts the {@link ThreadOutcome} of `playJob(job, preset)`. */
  start(job: ReplayJob): Worker;
  /** What every address must be a multiple of, in bytes. Default 16. */
  readonly alignment?: number;
  /** After this time the workers are ended and the run has failed. Default 60 000. */
  readonly timeoutMilliseconds?: number;
}

export interface ReplayReport {
  readonly preset: string;
  readonly progress: Progress;
  readonly threads: number;
  /** Events played; fewer than the trace has when the run failed. */
  readonly events: number;
  /** From the start line to the last event of the last thread, in seconds. Stamping and verifying are included. */
  readonly seconds: number;
  /** 0 when the run failed. */
  readonly eventsPerSecond: number;
  /** The heap's peak of mapped bytes by the peak of the bytes that the program asked for; undefined when the run failed. */
  readonly mappedPerLive: number | undefined;
  /** Bytes of metadata by live blocks, when the trace has its peak; undefined when the run did not come so far. */
  readonly metadataPerBlock: number | undefined;
  readonly atPeak: HeapStats | undefined;
  readonly atEnd: HeapStats | undefined;
  /** Empty when every block and every check was right. */
  readonly failures: readonly ReplayFailure[];
}

/** For the worker's side: joins the heap and plays. */
export function playJob(job: ReplayJob, preset: Pick<Preset, "attach">): ThreadOutcome {
  const board = new ReplayBoard(job.board);
  const clock = (): number => Number(process.hrtime.bigint()) / 1e6; // the one clock that all threads of a process share
  return replayThread(preset.attach(job.heap), job.plan, job.thread, board, { alignment: job.alignment, clock });
}

/** Never rejects for what the heap or a worker does: that is in the report. */
export async function replayOnWorkers(run: ReplayRun): Promise<ReplayReport> {
  const plan = planReplay(run.trace);
  const threads = plan.programs.length;
  const board = ReplayBoard.create(threads, plan.blocks);
  const alignment = run.alignment ?? 16;
  const milliseconds = run.timeoutMilliseconds ?? 60_000;
  const workers: Worker[] = [];
  const failures: ReplayFailure[] = [];
  let over = false;

  const parts = plan.programs.map((_, thread) => {
    const worker = run.start({ heap: run.heap.handle, plan, board: board.handle, thread, alignment });
    workers.push(worker);
    return outcomeOf(worker).catch((error: unknown) => {
      board.stop();
      if (!over) failures.push({ kind: "thread died", thread, event: board.position(thread), message: String(error) });
      return undefined;
    });
  });
  const timer = setTimeout(() => {
    over = true;
    const where = plan.programs.map((_, thread) => board.position(thread)).join(", ");
    failures.push({ kind: "timed out", thread: 0, event: -1, message: `after ${milliseconds / 1000} s, threads at events ${where}` });
    board.stop();
    for (const worker of workers) void worker.terminate();
  }, milliseconds);
  const outcomes = (await Promise.all(parts)).filter((outcome) => outcome !== undefined);
  clearTimeout(timer);
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const { failure } of outcomes) if (failure !== undefined) failures.push(failure);
  return report(run, outcomes, failures);
}

function outcomeOf(worker: Worker): Promise<ThreadOutcome> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the worker ended with code ${code} before it had told anything`)));
  });
}

function report(run: ReplayRun, outcomes: readonly ThreadOutcome[], failures: readonly ReplayFailure[]): ReplayReport {
  const { summary } = run.trace;
  const atPeak = outcomes.find((outcome) => outcome.atPeak !== undefined)?.atPeak;
  const atEnd = outcomes.find((outcome) => outcome.atEnd !== undefined)?.atEnd;
  const events = outcomes.reduce((sum, outcome) => sum + outcome.events, 0);
  const started = Math.min(...outcomes.map((outcome) => outcome.started));
  const finished = Math.max(...outcomes.map((outcome) => outcome.finished));
  const seconds = failures.length === 0 && outcomes.length > 0 ? (finished - started) / 1000 : 0;
  return {
    preset: run.heap.preset,
    progress: run.heap.progress,
    threads: run.trace.summary.threads,
    events,
    seconds,
    eventsPerSecond: seconds > 0 ? events / seconds : 0,
    mappedPerLive: atEnd && summary.peak.bytes > 0 ? atEnd.peakMappedBytes / summary.peak.bytes : undefined,
    metadataPerBlock: atPeak && summary.peak.blocks > 0 ? atPeak.metadataBytes / summary.peak.blocks : undefined,
    atPeak,
    atEnd,
    failures,
  };
}
