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
});
