import { once } from "node:events";
import { startWorker } from "@heapwright/workers";
import { expect, test } from "vitest";
import { slistPools } from "../src/index.js";
import type { PoolsWork } from "./pools.worker.js";

const ENTRY = new URL("./pools.worker.ts", import.meta.url);
const WORKERS = 4;

test.each([{}, { isolate: true }, { perThread: 3 }])("workers that take and free at random leave the original's 64 blocks, options %o", async (options) => {
  const heap = slistPools.create(options);
  const jobs = Array.from({ length: WORKERS }, (_, i): PoolsWork => ({ handle: heap.handle, seed: (i + 1) * 0x10000000, operations: 60_000 }));
  const workers = await Promise.all(jobs.map((job) => startWorker(ENTRY, job)));
  expect(await Promise.all(workers.map((worker) => once(worker, "exit")))).toEqual(jobs.map(() => [0]));
  expect([0, 1, 2, 3].map((bucket) => heap.depth(bucket))).toEqual([16, 16, 16, 16]);
  heap.check();
  const all = new Set<number>();
  for (let p = heap.malloc(8); p !== 0; p = heap.malloc(8)) all.add(p);
  expect(all.size).toBe(64);
});
