import { PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { aoMalloc } from "../src/index.js";

describe("the static heap", () => {
  it.each([[1], [4096]])("has 34 chunks beside a header for %i threads", (maximumThreads) => {
    const heap = aoMalloc.create({ maximumThreads });
    // one object to a chunk
    let chunks = 0;
    while (heap.malloc(65_520) !== 0) chunks++;
    expect(chunks).toBe(34);
    heap.check();
  });

  it("has as many as asked for up to what the longest header leaves of 4 GiB, and is refused beyond", () => {
    const heap = aoMalloc.create({ staticChunks: 65_525, maximumThreads: 4096 });
    // the first chunk lies behind the header
    const headerPages = Math.floor(heap.malloc(65_520) / PAGE_BYTES);
    expect(heap.memory.buffer.byteLength / PAGE_BYTES - headerPages).toBeGreaterThanOrEqual(65_525);
    for (const staticChunks of [0, 65_526, 65_534]) {
      expect(() => aoMalloc.create({ staticChunks, maximumThreads: 1 })).toThrow(new RangeError(`staticChunks must be an integer from 1 to 65525, not ${staticChunks}`));
    }
  });
});
