// Worker threads that claim and release runs of one row, some with the program and some without.
import { once } from "node:events";
import { openMemory, wasm, type MemoryHandle } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import { expect, test } from "vitest";
import { claimRun, Runs } from "@heapwright/pages";
import type { RunsWork } from "./runs.worker.js";

const ENTRY = new URL("./runs.worker.ts", import.meta.url);
const BYTES = 65536;
const UNITS = 96;

test.each([
  ["with the program", () => "auto" as const],
  ["of which some are without the program", (thread: number) => (thread % 2 === 0 ? ("never" as const) : ("auto" as const))],
])("four threads %s never have the same unit, and lose none", async (_, helperOf) => {
  const { handle } = wasm({ initial: BYTES, maximum: BYTES }).open();
  const work = [1, 2, 3, 4].map((thread): RunsWork => ({
    handle: { ...handle, helper: helperOf(thread) } as MemoryHandle, owners: BYTES / 2, units: UNITS, thread, threads: 4, rounds: 300_000,
  }));
  const workers = await Promise.all(work.map((one) => startWorker(ENTRY, one)));
  expect(await Promise.all(workers.map((worker) => once(worker, "exit")))).toEqual(work.map(() => [0]));
  const runs = new Runs(openMemory(handle), 0, UNITS);
  expect(runs.longestFree(0)).toBe(UNITS);
  expect(claimRun(runs, UNITS, 1)).toBe(0);
});
