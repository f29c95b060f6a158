// FreeRTOS's heap_2 clears the mark of a block before it suspends the scheduler, so that two tasks that free the same
// block at the same time may both get through. Here the mark is looked at and cleared under the lock.
import { once } from "node:events";
import { startWorker } from "@heapwright/workers";
import { describe, expect, it } from "vitest";
import { FORMS, make } from "./forms.js";

const entry = new URL("double-free.worker.ts", import.meta.url);

describe.each(FORMS)("%s", (form) => {
  it("lets one of two threads free a block", async () => {
    const heap = make(form, 2 ** 20);
    const addresses = Array.from({ length: 10_000 }, (_, i) => heap.malloc(i % 90));
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const freed = await Promise.all([1, 2].map(async () => {
      const worker = await startWorker(entry, { handle: heap.handle, addresses, gate });
      const [count] = (await once(worker, "message")) as [number];
      return count;
    }));
    // a free that was put off because the lock was taken is nobody's failure
    expect(freed[0] + freed[1]).toBeGreaterThanOrEqual(addresses.length);
    expect(heap.heapStats()).toMatchObject({ freeBytes: 2 ** 20 - 32, successfulFrees: addresses.length });
    heap.check();
  });
});
