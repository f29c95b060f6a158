import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { growable } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import { describe, expect, it } from "vitest";
import { attachSlabs, bytesIn, formatSlabs, liveBlocks, MIB, type AnchoredThread } from "./anchored-fixture.js";
import type { AnchoredWork } from "./anchored.worker.js";
import { isStamped } from "./owned-stamps.js";

const ENTRY = new URL("./anchored.worker.ts", import.meta.url);

interface Hand {
  readonly worker: Worker;
  readonly threadId: number;
  readonly row: number;
  /** What it says when it is done, however soon that is. */
  readonly end: Promise<{ failure: string }>;
}

class Workshop {
  readonly one: AnchoredThread;
  readonly slots = new Int32Array(new SharedArrayBuffer(8000));
  readonly rounds = new Int32Array(new SharedArrayBuffer(400));
  private hired = 0;

  constructor(private readonly heaps: number) {
    this.one = formatSlabs({ heaps, hyperblockBytes: MIB, source: growable({ initial: 256 * 1024, maximum: 256 * MIB }), deaths: "possible" });
  }

  /** @param limit rounds to do, 0 for no end @returns a worker that has attached */
  async hire(limit: number): Promise<Hand> {
    const row = this.hired++;
    const { handle } = this.one;
    const work: AnchoredWork = { handle, heaps: this.heaps, slots: this.slots.buffer, rounds: this.rounds, row, limit };
    const worker = await startWorker(ENTRY, work);
    const end = new Promise<{ failure: string }>((resolve) => {
      worker.on("message", (message: { failure?: string }) => message.failure !== undefined && resolve({ failure: message.failure }));
    });
    const [{ threadId }] = (await once(worker, "message")) as [{ threadId: number }];
    return { worker, threadId, row, end };
  }

  /** Until each of these has done some more rounds. */
  async watch(hands: readonly Hand[]): Promise<void> {
    const before = hands.map(({ row }) => Atomics.load(this.rounds, row));
    const lags = (): boolean => hands.some(({ row }, i) => Atomics.load(this.rounds, row) < before[i] + 2);
    for (let patience = 0; lags(); patience++) {
      if (patience > 5000) throw new Error("a worker makes no progress");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Checks and frees what lies in the slots. */
  clear(): void {
    this.slots.forEach((slot, i) => {
      if (slot === 0) return;
      expect(isStamped(this.one.heap, slot >>> 0)).toBe(true);
      this.one.slabs.free(slot >>> 0);
      this.slots[i] = 0;
    });
  }
}

describe("anchored slabs under real threads", () => {
  it.each([1, 8])("lose and damage nothing while four workers give each other's blocks back in batches, with %i processor heaps", async (heaps) => {
    const shop = new Workshop(heaps);
    const hands = await Promise.all([1, 2, 3, 4].map(() => shop.hire(1500)));
    const ends = await Promise.all(hands.map(({ end }) => end));
    expect(ends).toEqual(hands.map(() => ({ failure: "" })));
    shop.clear();
    // alone again, so the check is as strict as it can be
    shop.one.heap.check();
    expect(liveBlocks(shop.one)).toEqual([]);
    expect(bytesIn(shop.one, "lost")).toBe(0);
  });

  it("go on for the others when a worker is killed, twelve times", async () => {
    const shop = new Workshop(1);
    const hands = await Promise.all([1, 2, 3].map(() => shop.hire(0)));
    for (let kills = 0; kills < 12; kills++) {
      await shop.watch(hands);
      const [victim] = hands.splice(kills % hands.length, 1);
      await victim.worker.terminate();
      // nobody has said yet that it is dead
      await shop.watch(hands);
      expect(shop.one.heap.reclaim(victim.threadId)).toBe(true);
      hands.push(await shop.hire(0));
    }
    for (const { worker, threadId } of hands) {
      await worker.terminate();
      expect(shop.one.heap.reclaim(threadId)).toBe(true);
    }
    shop.clear();
    shop.one.heap.check();
    const other = attachSlabs(shop.one.handle, { heaps: 1, deaths: "possible" });
    for (let i = 0; i < 2000; i++) other.slabs.free(other.slabs.allocate(i));
    // what a victim had in its batch stays live; blocks are 32 KiB at most, batches 100 blocks
    expect(bytesIn(shop.one, "lost")).toBeLessThan(15 * 2 * 65536);
  });
});
