// What merging is for: many small allocations, all freed, and then one of nearly the whole heap.
import { describe, expect, it } from "vitest";
import { FORMS, make } from "./forms.js";

describe.each([4096, 2 ** 20, 2 ** 22])("in an arena of %i bytes", (heapBytes) => {
  it.each(FORMS)("one very large allocation after many small ones: %s", (form) => {
    const heap = make(form, heapBytes);
    const blocks: number[] = [];
    for (let block = heap.malloc(28); block !== 0; block = heap.malloc(28)) blocks.push(block);
    expect(blocks.length).toBe(Math.floor((heapBytes - 32) / 32));
    for (const block of blocks) heap.free(block);
    const merges = form !== "heap_2";
    expect(heap.heapStats()).toMatchObject({ freeBytes: heapBytes - 32, freeBlocks: merges ? 1 : blocks.length });
    expect(heap.malloc(heapBytes - 36) !== 0).toBe(merges);
    heap.check();
  });
});
