import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { startWorker } from "@heapwright/workers";
import { expect, it } from "vitest";
import { inspect } from "../src/index.js";
import { presetNamed } from "./presets.js";
import { LOOKS, STOP, WORK, type Task } from "./task.js";

/** How long workers are let run. */
const MILLISECONDS = 1500;

async function begin(task: Task): Promise<{ worker: Worker; threadId: number; ended: Promise<unknown> }> {
  const worker = await startWorker(new URL("churn.worker.ts", import.meta.url), task);
  const ended = new Promise((resolve, reject) => {
    worker.once("exit", resolve);
    worker.once("error", reject);
  });
  const [threadId] = (await once(worker, "message")) as [number];
  return { worker, threadId, ended };
}

it.each(["ao-malloc", "michael", "hoard", "dlmalloc", "span-malloc", "heapwright", "cached", "locked"])("%s is looked at while others use it, grow it and die in it", async (name) => {
  const options = { initialBytes: 2 ** 16, maximumBytes: 2 ** 27, ...(name === "ao-malloc" ? { enableMmap: true } : {}) };
  const heap = presetNamed(name).create(options);
  const control = new SharedArrayBuffer(12);
  const board = new Int32Array(control);
  const task = (role: Task["role"], seed: number): Task => ({ handle: heap.handle, role, seed, control });
  const [victim, ...others] = await Promise.all([begin(task("churns", 1)), begin(task("churns", 2)), begin(task("looks", 3)), begin(task("looks", 4))]);
  await setTimeout(MILLISECONDS / 2);
  const atDeath = Atomics.load(board, LOOKS);
  await victim.worker.terminate();
  await setTimeout(MILLISECONDS / 4);
  heap.reclaim(victim.threadId);
  await setTimeout(MILLISECONDS / 4);
  Atomics.store(board, STOP, 1);
  await Promise.all(others.map(({ ended }) => ended));
  expect(atDeath).toBeGreaterThan(0);
  expect(Atomics.load(board, LOOKS)).toBeGreaterThan(atDeath);
  expect(Atomics.load(board, WORK)).toBeGreaterThan(1000);
  heap.check();
  // all that is left was the dead thread's
  const { live, caches } = inspect(heap);
  expect(live.blocks).toBeLessThan(1000);
  expect(caches).toEqual([]);
});
