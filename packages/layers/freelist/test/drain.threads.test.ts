import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openMemory, wasm } from "@heapwright/core";
import { DrainStack } from "@heapwright/freelist";
import { startWorker } from "@heapwright/workers";
import type { DrainWork } from "./drain.worker.js";
import { HEAD, nodeAt } from "./stack-makers.js";

const ENTRY = new URL("./drain.worker.ts", import.meta.url);
const COUNT = 20_000;

test("what three threads push, one that drains meanwhile takes, each node once", async () => {
  const { handle } = wasm({ initial: 2 ** 21, maximum: 2 ** 21 }).open();
  const memory = openMemory(handle);
  const stack = new DrainStack(memory, HEAD);
  const work = [0, 1, 2].map((i): DrainWork => ({ handle, first: i * COUNT, count: COUNT }));
  const workers = await Promise.all(work.map((one) => startWorker(ENTRY, one)));
  let running = workers.length;
  const exits = workers.map(async (worker) => {
    const [code] = (await once(worker, "exit")) as [number];
    running--;
    return code;
  });
  const taken: number[] = [];
  while (running > 0 || !stack.isEmpty()) {
    for (let node = stack.takeAll(); node !== 0; node = memory.i32[node >>> 2] >>> 0) taken.push(node);
    await setImmediate();
  }
  expect(await Promise.all(exits)).toEqual([0, 0, 0]);
  expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 3 * COUNT }, (_, i) => nodeAt(i)));
});
