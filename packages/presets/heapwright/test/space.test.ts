// What is spent beside the bytes in use.
import { expect, test } from "vitest";
import { heapwright } from "../src/index.js";

test("bookkeeping for a million blocks of 16 bytes is at most 2 % of them, and as much as walk finds", () => {
  const heap = heapwright.create();
  for (let i = 0; i < 1_000_000; i++) heap.malloc(16);
  const { metadataBytes } = heap.stats();
  expect(metadataBytes / 16_000_000).toBeLessThanOrEqual(0.02);
  let found = 0;
  heap.walk(({ state, bytes }) => {
    if (state === "metadata") found += bytes;
  });
  expect(metadataBytes).toBe(found);
});
