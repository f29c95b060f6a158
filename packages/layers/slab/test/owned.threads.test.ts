import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { growable } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import { describe, expect, it } from "vitest";
import { MIB, ownedHeap, PAPER, type OwnedOptions, type OwnedThread } from "./owned-fixture.js";
import { isStamped } from "./owned-stamps.js";
import type { OwnedWork } from "./owned.worker.js";

const ENTRY = new URL("./owned.worker.ts", import.meta.url);
/** Few heaps and little slack: locks are contended, superblocks move all the time. */
const CROWDED: OwnedOptions = { ...PAPER, processors: 1, slackSuperblocks: 1 };

class Workshop {
  readonly one: OwnedThread;
  readonly slots = new Int32Array(new SharedArrayBuffer(4000));
  private seed = 1;

  constructor(private readonly options: OwnedOptions) {
    this.one = ownedHeap(options, growable({ initial: 256 * 1024, maximum: 256 * MIB }));
  }

  /** @returns a worker that has attached, its thread id, and what it will say when it is done, however soon that is */
  async start(swaps: number, batch = 0): Promise<{ worker: Worker; threadId: number; end: Promise<{ failure: string }> }> {
    const work: OwnedWork = { handle: this.one.handle.memory, options: this.options, slots: this.slots.buffer, seed: this.seed++ * 7919, swaps, batch };
    const worker = await startWorker(ENTRY, work);
    const end = new Promise<{ failure: string }>((resolve) => {
      worker.on("message", (message: { failure?: string }) => message.failure !== undefined && resolve({ failure: message.failure }));
    });
    const [{ threadId }] = (await once(worker, "message")) as [{ threadId: number }];
    return { worker, threadId, end };
  }

  /** Checks and frees what lies in the slots. @returns how many blocks that was */
  clear(): number {
    let count = 0;
    this.slots.forEach((slot, i) => {
      const p = slot >>> 0;
      if (p === 0) return;
      expect(isStamped(this.one.heap, p)).toBe(true);
      this.one.heap.free(p);
      this.slots[i] = 0;
      count++;
    });
    return count;
  }

  live(): number {
    let count = 0;
    this.one.heap.walk(({ state }) => state === "live" && count++);
    return count;
  }
}

describe("owned slabs under real threads", () => {
  it.each([
    ["two heaps", CROWDED],
    ["as many heaps as Hoard would have", { ...PAPER, processors: 4 }],
  ])("lose and damage nothing while four workers free each other's blocks, in %s", async (_name, options) => {
    const shop = new Workshop(options);
    const workers = await Promise.all([1, 2, 3, 4].map(() => shop.start(40_000)));
    const ends = await Promise.all(workers.map(({ end }) => end));
    expect(ends).toEqual([1, 2, 3, 4].map(() => ({ failure: "" })));
    shop.one.heap.check();
    expect(shop.one.slabs.pool.heaps.map(({ delayed }) => delayed.isWaiting())).not.toContain(true);
    expect(shop.clear()).toBe(shop.slots.length);
    expect(shop.live()).toBe(0);
    shop.one.heap.check();
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  });

  it("make a malloc wait that finds all heaps locked", async () => {
    const shop = new Workshop(PAPER);
    const { pool } = shop.one.slabs;
    for (const heap of pool.heaps) expect(heap.lock.tryAcquire()).toBe(true);
    const { worker, end } = await shop.start(10);
    const early = await Promise.race([end, new Promise((resolve) => setTimeout(() => resolve("still waiting"), 100))]);
    expect(early).toBe("still waiting");
    for (const heap of pool.heaps) pool.leave(heap);
    expect(await end).toEqual({ failure: "" });
    expect(shop.clear()).toBe(10);
    await worker.terminate();
  });

  it("keep producers and consumers on different threads within the blowup bound", async () => {
    const shop = new Workshop(PAPER);
    const workers = await Promise.all([1, 2, 3, 4].map(() => shop.start(100_000)));
    await Promise.all(workers.map(({ end }) => end));
    const { one } = shop;
    // at most one block a slot and two a thread were live at a time, of whatever class; without a bound it would be 80 MiB
    const most = shop.slots.length + 8;
    const { capacity } = one.slabs.superblocks.geometry;
    const allowed = capacity.reduce((sum, n) => sum + most / 0.75 / n + 2 * PAPER.slackSuperblocks, 7) * 8192;
    expect(allowed).toBeLessThan(40 * MIB);
    expect(one.heap.stats().peakMappedBytes).toBeLessThan(allowed);
    shop.clear();
    one.heap.check();
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
  });

  it("go on after workers were killed anywhere, locks in hand", { timeout: 120_000 }, async () => {
    const shop = new Workshop(CROWDED);
    const { heap, slabs } = shop.one;
    let inside = 0;
    let workers = await Promise.all([1, 2, 3, 4].map(() => shop.start(Infinity, 500)));
    for (let kill = 0; kill < 24; kill++) {
      const [doomed, ...others] = workers;
      await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 23));
      await doomed.worker.terminate();
      inside += slabs.pool.heaps.filter(({ lock }) => lock.holder() === doomed.threadId).length;
      expect(heap.reclaim(doomed.threadId)).toBe(true);
      workers = [...others, await shop.start(Infinity, 500)];
    }
    const failures: unknown[] = [];
    workers.forEach(({ worker }) => worker.on("message", (message) => failures.push(message)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(failures).toEqual([]);
    for (const { worker, threadId } of workers) {
      await worker.terminate();
      expect(heap.reclaim(threadId)).toBe(true);
    }
    expect(inside).toBeGreaterThan(0);
    heap.check();
    shop.clear();
    // in the hands of each of the dead: a block or two, a list, a batch
    expect(shop.live()).toBeLessThanOrEqual(503 * 28);
    heap.check();
  });
});
