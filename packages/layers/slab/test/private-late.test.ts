// A thread that frees a block of another one's page, and is slow: from some step on the block is free already, and
// the page may be given back and be somebody else's memory before the slow thread goes on.
import { PAGE_BYTES } from "@heapwright/core";
import { expect, test } from "vitest";
import { privateHeap } from "./private-heap.js";
import { openSteered } from "./steered-memory.js";

const FILL = 0x5a;

test("it writes to nothing that it does not own any more", () => {
  const home = privateHeap();
  const memory = openSteered(home.handle);
  const slow = home.join(memory);
  let reused = 0;
  for (let at = 0, stopped = true; stopped; at++) {
    const owner = home.join();
    const block = owner.slabs.allocate(3000);
    const from = block - (block % PAGE_BYTES);
    let page = 0;
    let steps = 0;
    memory.beforeStep = () => {
      if (steps++ !== at) return;
      memory.beforeStep = () => {};
      owner.heap[Symbol.dispose]();
      page = home.heap.malloc(PAGE_BYTES);
      home.memory.fill(page, PAGE_BYTES, FILL);
    };
    slow.slabs.free(block);
    slow.slabs.trim();
    memory.beforeStep = () => {};
    stopped = steps > at;
    if (!stopped) continue;
    expect(home.memory.u8.subarray(page, page + PAGE_BYTES).every((byte) => byte === FILL), `at step ${at}`).toBe(true);
    if (page === from) reused++;
    home.heap.free(page);
  }
  expect(reused).toBeGreaterThan(0);
  slow.heap[Symbol.dispose]();
  home.heap.check();
});

test("what it announces too late does not disturb the next superblock there", () => {
  const home = privateHeap();
  const memory = openSteered(home.handle);
  const slow = home.join(memory);
  let superblocks: number[] = [];
  for (let at = 0, stopped = true; stopped; at++) {
    const owner = home.join();
    const block = owner.slabs.allocate(3000);
    const next = home.join();
    let mine: number[] = [];
    let steps = 0;
    memory.beforeStep = () => {
      if (steps++ !== at) return;
      memory.beforeStep = () => {};
      owner.heap[Symbol.dispose]();
      mine = Array.from({ length: 8 }, () => next.slabs.allocate(3000));
    };
    slow.slabs.free(block);
    slow.slabs.trim();
    memory.beforeStep = () => {};
    stopped = steps > at;
    if (stopped) superblocks = [...superblocks, block - (block % PAGE_BYTES)].filter((s) => mine.some((one) => one - (one % PAGE_BYTES) === s));
    for (const one of mine) next.slabs.free(one);
    next.heap[Symbol.dispose]();
    if (!stopped) owner.heap[Symbol.dispose]();
    home.heap.check();
  }
  expect(superblocks.length).toBeGreaterThan(0);
});
