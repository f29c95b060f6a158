import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { growable, openMemory, wasm, type MemoryHandle } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import type { LockWork } from "./lock.worker.js";
import { FIRST, HELD, makeLock, SECOND, STARTED, type LockName } from "./shared-lock.js";

const ENTRY = new URL("./lock.worker.ts", import.meta.url);
const KINDS: readonly (readonly [string, () => MemoryHandle])[] = [
  ["a growable SharedArrayBuffer", () => growable({ initial: 65536, maximum: 65536 }).open().handle],
  ["a WebAssembly.Memory", () => wasm({ initial: 65536, maximum: 65536 }).open().handle],
];
const NAMES: readonly LockName[] = ["spin", "futex"];
const MAIN = 1000;

const start = (work: LockWork) => startWorker(ENTRY, work);

describe.each(KINDS)("on %s", (_kind, open) => {
  describe.each(NAMES)("a %s lock", (lock) => {
    const MEANS = [["acquire", {}], ["acquireWithin", { rounds: 3 }]] as const;
    test.each(MEANS)("lets one of four threads in at a time, by %s", async (_by, rounds) => {
      const handle = open();
      const memory = openMemory(handle);
      const times = 20_000;
      const workers = await Promise.all([1, 2, 3, 4].map((threadId) => start({ handle, lock, threadId, times, ...rounds })));
      const codes = await Promise.all(workers.map((worker) => once(worker, "exit")));
      expect(codes).toEqual([[0], [0], [0], [0]]);
      expect([memory.i32[FIRST], memory.i32[SECOND], makeLock(lock, memory, MAIN).holder()]).toEqual([4 * times, 4 * times, 0]);
    });

    test("lets in who has been waiting for long", async () => {
      const handle = open();
      const memory = openMemory(handle);
      const mine = makeLock(lock, memory, MAIN);
      mine.acquire();
      const workers = await Promise.all([1, 2, 3].map((threadId) => start({ handle, lock, threadId, times: 1 })));
      while (memory.load(STARTED) < 3) await setTimeout(1);
      await setTimeout(40);
      expect(memory.i32[FIRST]).toBe(0);
      mine.release();
      expect(await Promise.all(workers.map((worker) => once(worker, "exit")))).toEqual([[0], [0], [0]]);
      expect(memory.i32[FIRST]).toBe(3);
    });

    test("passes from a killed holder to the one who repairs what it guards, and only then to those who wait", async () => {
      const handle = open();
      const memory = openMemory(handle);
      const mine = makeLock(lock, memory, MAIN);
      const holder = await start({ handle, lock, threadId: 1, times: 0, end: "hold" });
      while (memory.load(HELD) === 0) await setTimeout(1);
      const waiter = await start({ handle, lock, threadId: 2, times: 1 });
      const exit = once(waiter, "exit");
      while (memory.load(STARTED) < 2) await setTimeout(1);
      await holder.terminate();
      expect([mine.acquireWithin(5), mine.holder()]).toEqual([false, 1]);
      expect(mine.inherit(1)).toBe(true);
      await setTimeout(20);
      expect([memory.i32[FIRST], memory.i32[SECOND]]).toEqual([1, 0]);
      memory.i32[SECOND] = 1;
      mine.release();
      expect(await exit).toEqual([0]);
      expect([memory.i32[FIRST], memory.i32[SECOND], mine.holder()]).toEqual([2, 2, 0]);
    });

    test("outlives threads that are killed anywhere, holding it, waiting or waking", async () => {
      const handle = open();
      const memory = openMemory(handle);
      const mine = makeLock(lock, memory, MAIN);
      const survivor = await start({ handle, lock, threadId: 999, times: Infinity });
      for (let threadId = 1; threadId <= 12; threadId++) {
        const started = memory.load(STARTED);
        const victim = await start({ handle, lock, threadId, times: Infinity });
        while (memory.load(STARTED) === started) await setTimeout(1);
        await setTimeout(threadId % 4);
        await victim.terminate();
        if (mine.inherit(threadId)) {
          // the repair: nobody else is in, so this is ours to write
          memory.i32[SECOND] = memory.i32[FIRST];
          mine.release();
        }
        mine.acquire();
        expect(memory.i32[SECOND]).toBe(memory.i32[FIRST]);
        mine.release();
      }
      // a killed survivor may hold it, too
      await survivor.terminate();
      mine.breakIfHeldBy(999);
      expect(mine.tryAcquire()).toBe(true);
    });
  });
});
