import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { bundleWorker, startWorker } from "@heapwright/workers";

const ENTRY = new URL("./adder.worker.ts", import.meta.url);

test("a worker runs TypeScript and shares memory with the thread that started it", async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const workers = await Promise.all([1, 2].map((addend) => startWorker(ENTRY, { words, addend, times: 1000 })));
  const codes = await Promise.all(workers.map((worker) => once(worker, "exit")));
  expect(codes).toEqual([[0], [0]]);
  expect([...words]).toEqual([3000, 2]);
});

test("an entry is bundled once per process, packages included", async () => {
  const first = bundleWorker(ENTRY);
  expect(bundleWorker(ENTRY)).toBe(first);
  expect(await readFile(await first, "utf8")).not.toMatch(/from "@heapwright/);
});

test("a missing entry is an error that names it", async () => {
  await expect(bundleWorker("/nowhere/absent.worker.ts")).rejects.toThrow(/absent\.worker\.ts/);
});
