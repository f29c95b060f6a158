import { once } from "node:events";
import { startWorker } from "@heapwright/workers";
import { expect, it } from "vitest";
import { racedHeap, type RaceJob } from "./raced-heap.js";

const ROUNDS = 400;

it("of two workers that free the same block at once, each time one succeeds and one is told of a double free", { timeout: 60_000 }, async () => {
  const heap = racedHeap.create({ maximumBytes: 2 ** 24 });
  const blocks = Array.from({ length: ROUNDS }, () => heap.malloc(40));
  const [gate, outcomes] = [new SharedArrayBuffer(ROUNDS * 4), new SharedArrayBuffer(ROUNDS * 4)];
  const jobs = ([0, 1] as const).map((contestant): RaceJob => ({ handle: heap.handle, blocks, gate, outcomes, contestant }));
  const workers = await Promise.all(jobs.map((job) => startWorker(new URL("race.worker.ts", import.meta.url), job)));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  await Promise.all(workers.map((worker) => worker.terminate()));
  const ends = new Map<number, number>();
  for (const outcome of new Int32Array(outcomes)) ends.set(outcome, (ends.get(outcome) ?? 0) + 1);
  expect([...ends].filter(([end]) => end !== 0x201 && end !== 0x102)).toEqual([]);
  heap.check();
});
