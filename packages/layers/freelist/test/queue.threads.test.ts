import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { growable, openMemory, PAGE_BYTES, wasm, type MemoryHandle } from "@heapwright/core";
import { startWorker } from "@heapwright/workers";
import { queueViews, valuesOf } from "./queue-views.js";
import type { QueueWork } from "./queue.worker.js";

const ENTRY = new URL("./queue.worker.ts", import.meta.url);
const COUNT = 20_000;
/** Far beyond what the buffer covers at first, so that it grows under the threads. */
const FIRST_PAGE = 4 * PAGE_BYTES;

const KINDS: readonly (readonly [string, () => MemoryHandle])[] = [
  ["a growable SharedArrayBuffer", () => growable({ initial: PAGE_BYTES, maximum: 2 ** 22 }).open().handle],
  ["a WebAssembly.Memory", () => wasm({ initial: PAGE_BYTES, maximum: 2 ** 22 }).open().handle],
];

describe.each(KINDS)("on %s", (_kind, open) => {
  const PARTIES = [[1, 1], [2, 2], [3, 1]];
  test.each(PARTIES)("%i producers and %i consumers: every value once, each producer's in order", async (producers, consumers) => {
    const handle = open();
    const [view] = queueViews([openMemory(handle)], FIRST_PAGE);
    const shared = { handle, firstPage: FIRST_PAGE };
    const start = (work: Omit<QueueWork, "handle" | "firstPage">) => startWorker(ENTRY, { ...shared, ...work } satisfies QueueWork);
    const share = (producers * COUNT) / consumers;
    const taking = await Promise.all(Array.from({ length: consumers }, () => start({ role: "consume", producer: 0, count: share })));
    const taken = taking.map((worker) => once(worker, "message") as Promise<[number[]]>);
    const ids = Array.from({ length: producers }, (_, i) => i + 1);
    const adding = await Promise.all(ids.map((producer) => start({ role: "produce", producer, count: COUNT })));
    const codes = await Promise.all([...taking, ...adding].map((worker) => once(worker, "exit")));
    expect(codes.every(([code]) => code === 0)).toBe(true);
    const values = (await Promise.all(taken)).flatMap(([list]) => list);
    expect(new Set(values).size).toBe(producers * COUNT);
    expect([view.queue.dequeue(), valuesOf(view.queue)]).toEqual([0, []]);
  });
});
