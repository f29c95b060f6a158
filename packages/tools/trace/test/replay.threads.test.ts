import { Worker } from "node:worker_threads";
import { bundleWorker } from "@heapwright/workers";
import { beforeAll, expect, test } from "vitest";
import { replayOnWorkers, TraceBuilder, type ReplayReport, type Trace } from "../src/index.js";
import { randomTrace } from "./random-trace.js";
import type { TestJob } from "./replay.worker.js";
import { SimpleHeap } from "./simple-heap.js";

let entry: URL;
beforeAll(async () => {
  entry = await bundleWorker(new URL("./replay.worker.ts", import.meta.url));
});

function replay(trace: Trace, fault: TestJob["fault"] = "none", timeoutMilliseconds = 20_000): Promise<ReplayReport> {
  const heap = new SimpleHeap();
  return replayOnWorkers({ trace, heap, timeoutMilliseconds, start: (job) => new Worker(entry, { workerData: { ...job, fault } }) });
}

test("blocks that wander between four threads arrive whole", async () => {
  const trace = randomTrace(5, 4, 30_000);
  expect(trace.summary.crossThreadFrees).toBeGreaterThan(1000);
  const report = await replay(trace);
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ preset: "simple", progress: "blocking", threads: 4, events: 30_000 });
  expect(report.eventsPerSecond).toBeGreaterThan(0);
  expect(report.mappedPerLive).toBeGreaterThan(1);
  expect(report.metadataPerBlock).toBeGreaterThan(16);
});

test("each waits for the other where every block is made by one and freed by the other", async () => {
  const builder = new TraceBuilder();
  let block = builder.malloc(0, 8);
  for (let i = 1; i < 2000; i += 1) block = builder.realloc(i % 2, block, i);
  builder.free(0, block);
  expect((await replay(builder.build())).failures).toEqual([]);
});

test("a thread that only makes blocks does not run away from the one that frees them", async () => {
  const builder = new TraceBuilder();
  for (let i = 0; i < 100_000; i += 1) builder.free(1, builder.malloc(0, 1000));
  const report = await replay(builder.build());
  expect(report.failures).toEqual([]);
  expect(report.atEnd?.peakMappedBytes).toBeLessThan(20e6);
});

test.each([
  ["throws", "threw"],
  ["dies", "thread died"],
  ["scribbles", "corrupted"],
] as const)("one thread that %s ends the run for all", async (fault, kind) => {
  const report = await replay(randomTrace(6, 3, 30_000), fault);
  expect(report.failures[0]?.kind).toBe(kind);
  expect(report).toMatchObject({ seconds: 0, eventsPerSecond: 0, mappedPerLive: undefined });
});

test("a run that hangs is ended when its time is over", async () => {
  const report = await replay(randomTrace(6, 3, 30_000), "hangs", 1500);
  expect(report.failures.map(({ kind }) => kind)).toEqual(["timed out"]);
  expect(report.failures[0]?.message).toMatch(/^after 1.5 s, threads at events \d+, \d+, \d+$/);
});
