import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { fixed, growable, PAGE_BYTES, wasm } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import { expect, test } from "vitest";
import { churnHeap, type ChurnLayers } from "./churn-heap.js";
import type { ChurnTask } from "./churn.worker.js";
import { MIB, type Thread } from "./simulate.js";
import { bytesIn, tiles } from "./tiling.js";

const ENTRY = new URL("./churn.worker.ts", import.meta.url);

/** Everything adds up; then every object goes, and what is left is one free run. */
function proveAndEmpty({ memory, layers: { pages, large, spans } }: Thread<ChurnLayers>): ReturnType<typeof tiles> {
  pages.check();
  large.check();
  const regions = tiles(memory, pages, large, spans);
  for (const { state, block } of regions) if (state === "live") large.free(block);
  pages.check();
  large.check();
  expect(bytesIn("live", tiles(memory, pages, large, spans))).toBe(0);
  return regions;
}

test.each([
  ["a growing buffer", 640, () => growable({ initial: MIB, maximum: 40 * MIB })],
  ["a buffer that is always nearly full", 80, () => fixed(80 * PAGE_BYTES)],
  ["a WebAssembly memory that ends before it was said to", 300, () => wasm(new WebAssembly.Memory({ initial: 16, maximum: 300, shared: true }), { maximum: 64 * MIB })],
])("four threads on %s neither share a byte nor lose one", async (_, pageCount, source) => {
  const heap = churnHeap(source());
  const mailbox = new Int32Array(new SharedArrayBuffer(4 * 24));
  const task = { handle: heap.handle, mailbox, rounds: 15000 };
  const workers = await Promise.all([1, 2, 3, 4].map((seed) => startWorker(ENTRY, { ...task, seed } satisfies ChurnTask)));
  const ends = await Promise.all(workers.map((worker) => once(worker, "exit")));
  expect(ends).toEqual([[0], [0], [0], [0]]);
  const inMailbox = [...mailbox].map((address) => address >>> 0).filter((address) => address !== 0);
  const live = proveAndEmpty(heap).filter(({ state }) => state === "live").map(({ block }) => block);
  expect(live).toEqual(inMailbox.sort((a, b) => a - b));
  const { pages } = heap.layers;
  expect(pages.peakMappedBytes()).toBeLessThanOrEqual(pageCount * PAGE_BYTES);
  expect(pages.acquire(pageCount * PAGE_BYTES - pages.mappedBytes())).not.toBe(0);
  expect(pages.mappedBytes()).toBe(pageCount * PAGE_BYTES);
});

/** Starts a churning thread. @returns it and its thread id */
async function start(heap: Thread<ChurnLayers>, mailbox: Int32Array, seed: number): Promise<{ worker: Worker; id: number }> {
  const worker = await startWorker(ENTRY, { handle: heap.handle, mailbox, seed, rounds: 2 ** 30 } satisfies ChurnTask);
  const [id] = (await once(worker, "message")) as [number];
  return { worker, id };
}

test.each([
  ["a growing buffer", () => growable({ initial: MIB, maximum: 40 * MIB })],
  ["a WebAssembly memory", () => wasm({ initial: MIB, maximum: 40 * MIB })],
])("threads on %s that are killed at any moment cost little, and hold up nobody", async (_, source) => {
  const heap = churnHeap(source());
  const { pages, large } = heap.layers;
  const mailbox = new Int32Array(new SharedArrayBuffer(4 * 24));
  const reclaim = (dead: number): boolean =>
    heap.root.threads.reclaim(dead, (id, slot) => {
      large.reclaim(id, slot);
      pages.reclaim(id, slot);
    });
  const crew = await Promise.all([1, 2, 3].map((seed) => start(heap, mailbox, seed)));
  for (let kill = 0; kill < 12; kill++) {
    const next = crew.shift()!;
    await new Promise((resolve) => setTimeout(resolve, 1 + (kill % 7)));
    await next.worker.terminate();
    expect(reclaim(next.id)).toBe(true);
    if (kill < 9) crew.push(await start(heap, mailbox, 100 + kill));
  }
  // bare spans that the dead had noted stay as they are: taking those back would be their owner's business
  const regions = proveAndEmpty(heap);
  expect(bytesIn("lost", regions)).toBeLessThanOrEqual(12 * 40 * PAGE_BYTES);
  expect(large.allocate(1)).not.toBe(0);
});
