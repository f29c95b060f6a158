// What is spent beside the bytes in use.
import type { Heap } from "@heapwright/core";
import { expect, test } from "vitest";
import { heapwright } from "../src/index.js";

const PAGE_BYTES = 65536;

/** @returns what gives whole numbers below its argument, the same for the same seed */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * n);
}

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

test.each([[1, 16], [2, 16], [1, 64], [2, 64]])("at most half of a thread's pages, one for each size class, and 7 hold nothing live: program %i in %i MiB", (seed, mebibytes) => {
  const heap = heapwright.create({ initialBytes: mebibytes * 2 ** 20, maximumBytes: mebibytes * 2 ** 20 });
  const empty = heap.stats().mappedBytes;
  const below = dice(seed);
  const classes = new Set<number>();
  const demandFewBarePages = (blocks: readonly number[]): void => {
    const held = (heap.stats().mappedBytes - empty) / PAGE_BYTES;
    const live = new Set(blocks.map((block) => Math.floor(block / PAGE_BYTES))).size;
    expect(held).toBeLessThanOrEqual(2 * (live + classes.size + 7));
  };
  let blocks: number[] = [];
  // phases of a size each; of the first ones some blocks stay, of the last ones none
  for (let phase = 0; phase < 30; phase++) {
    const bytes = Math.floor(2 ** (6 + below(7000) / 1000));
    for (let left = 2 ** 20 / bytes; left > 0; left--) blocks.push(heap.malloc(bytes));
    blocks = blocks.filter((block) => block !== 0).sort((a, b) => (phase % 2 === 0 ? a - b : b - a));
    for (const block of blocks) classes.add(heap.usableSize(block));
    const every = phase < 15 ? 1 + below(4096 / bytes) : Infinity;
    // so that all of it is looked at in parts, and the last part is what stays
    for (let parts = 4; parts > 0; parts--) {
      const freed = blocks.slice(0, blocks.length / parts).filter((_, i) => i % every !== 1);
      for (const block of freed) heap.free(block);
      const gone = new Set(freed);
      blocks = blocks.filter((block) => !gone.has(block));
      demandFewBarePages(blocks);
    }
  }
  heap.check();
});

test.each([[32_768, 64], [8192, 256], [2048, 1024]])("a queue of %i blocks of %i bytes of which some stay takes no more than half as much again", (length, bytes) => {
  const heap = heapwright.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 24 });
  const empty = heap.stats().mappedBytes;
  const queue = new Int32Array(length);
  // of each 4 KiB the first that is to leave, so that no slab is ever empty
  const withOneThatStays = new Set<number>();
  for (let i = 0; i < 40 * length; i++) {
    const oldest = queue[i % length];
    queue[i % length] = heap.malloc(bytes);
    if (oldest === 0) continue;
    if (withOneThatStays.has(oldest >>> 12)) heap.free(oldest);
    else withOneThatStays.add(oldest >>> 12);
  }
  expect(heap.stats().mappedBytes - empty).toBeLessThan(1.5 * length * bytes);
  heap.check();
});

test.each([
  { what: "slabs of many sizes", sizes: Array.from({ length: 16 }, (_, i) => 1000 + i * 440), length: 2000 },
  { what: "units", sizes: [60_000], length: 300 },
])("what a producer holds is at most twice what is live, whatever time others take to free it: blocks of $what", ({ sizes, length }) => {
  const heap = heapwright.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 28 });
  const consumer = heapwright.attach(heap.handle);
  const empty = heap.stats().mappedBytes;
  const blocks = new Array<number>(length).fill(0);
  const below = dice(1);
  let live = 0;
  let most = 0;
  for (let i = 0; i < 100_000; i++) {
    const at = below(length);
    if (blocks[at] !== 0) {
      live -= heap.usableSize(blocks[at]);
      consumer.free(blocks[at]);
    }
    blocks[at] = heap.malloc(sizes[below(sizes.length)]);
    live += heap.usableSize(blocks[at]);
    most = Math.max(most, live);
  }
  expect(heap.stats().mappedBytes - empty).toBeLessThan(2 * most);
  heap.check();
});

test.each([[10_000, 10_000], [8200, 20_000], [500, 30_000]])("blocks of %i to %i bytes, replaced at random, take at most two thirds more than what is live", (least, most) => {
  const heap = heapwright.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 28 });
  const empty = heap.stats().mappedBytes;
  const below = dice(1);
  const sizes = new Array<number>(1000).fill(0);
  const blocks = sizes.slice();
  for (let i = 0; i < 30_000; i++) {
    const at = below(blocks.length);
    heap.free(blocks[at]);
    sizes[at] = least + below(most + 1 - least);
    blocks[at] = heap.malloc(sizes[at]);
  }
  const live = sizes.reduce((sum, bytes) => sum + bytes, 0);
  expect(heap.stats().mappedBytes - empty).toBeLessThan((live * 5) / 3);
  heap.check();
});

test.each([[4096, 4096], [8192, 8192], [16_384, 3000]])("blocks aligned to %i, of %i bytes, some of which are replaced at random, take no more than a tenth more than at first", (alignment, bytes) => {
  const heap = heapwright.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 28 });
  const empty = heap.stats().mappedBytes;
  const below = dice(1);
  const blocks = Array.from({ length: 1000 }, () => heap.alignedAlloc(alignment, bytes));
  const first = heap.stats().mappedBytes - empty;
  for (let round = 0; round < 3000; round++) {
    const some = new Set(Array.from({ length: 1 + below(30) }, () => below(blocks.length)));
    for (const at of some) heap.free(blocks[at]);
    for (const at of some) blocks[at] = heap.alignedAlloc(alignment, bytes);
  }
  expect(heap.stats().mappedBytes - empty).toBeLessThan(1.1 * first);
  heap.check();
});

/** MiB mapped after so many rounds of a program of threads that come and go, all of whose blocks are freed. */
function mappedAfter(rounds: number, round: (heap: Heap) => void): number {
  const heap = heapwright.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 27 });
  for (let i = 0; i < rounds; i++) round(heap);
  heap.check();
  return heap.stats().mappedBytes / 2 ** 20;
}

test.each([8000, 20_000])("threads that free all they have and die take no memory with them: blocks of %i bytes", (bytes) => {
  const mapped = mappedAfter(300, (heap) => {
    const worker = heapwright.attach(heap.handle);
    const blocks = Array.from({ length: 10 }, () => worker.malloc(bytes));
    for (const block of blocks) worker.free(block);
    heap.reclaim(worker.threadId);
  });
  expect(mapped).toBeLessThan(1);
});

test.each([8000, 9000])("what threads have left behind is used before more is taken: blocks of %i bytes", (bytes) => {
  const consumers = new Map<Heap, Heap>();
  const mapped = mappedAfter(100, (heap) => {
    const consumer = consumers.get(heap) ?? heapwright.attach(heap.handle);
    consumers.set(heap, consumer);
    const worker = heapwright.attach(heap.handle);
    const blocks = Array.from({ length: 100 }, () => worker.malloc(bytes));
    for (const block of blocks) consumer.free(block);
    worker[Symbol.dispose]();
  });
  expect(mapped).toBeLessThan(4);
});

test("threads that free what others make, and die, take no memory with them", () => {
  const queue: number[] = [];
  const mapped = mappedAfter(500, (heap) => {
    const consumer = heapwright.attach(heap.handle);
    for (let i = 0; i < 30; i++) queue.push(heap.malloc(100));
    while (queue.length > 70) consumer.free(queue.shift()!);
    heap.reclaim(consumer.threadId);
  });
  expect(mapped).toBeLessThan(1);
});
