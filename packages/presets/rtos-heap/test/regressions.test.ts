// Bugs of FreeRTOS's heap_2 and of its coalescing relative, so that these do not have them.
import { growable, InvalidAddressError } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { rtosHeap } from "../src/index.js";
import { ARENA_OVERHEAD, FORMS, freeBlocksOf, make, MERGING, TEMPLATE_BYTES } from "./forms.js";

const WHOLE = TEMPLATE_BYTES - ARENA_OVERHEAD;

describe("heap_2", () => {
  // FreeRTOS pull request 738, taken back by 743: the rest stayed in the place of the larger block.
  it("what is left of a split block is filed by its own size", () => {
    const heap = make("heap_2");
    const [small, , large] = [200, 1, 1000, 1].map((size) => heap.malloc(size));
    heap.free(small);
    heap.free(large);
    // leaves 48 bytes of the large one, less than the small one has
    expect(heap.malloc(950)).toBe(large);
    heap.check();
    expect(heap.malloc(40)).toBe(large + 960);
    expect(heap.malloc(180)).toBe(small);
  });

  // CVE-2021-31571, -31572, -32020.
  it.each(FORMS)("sizes do not wrap when header and alignment are added: %s", (form) => {
    const heap = make(form);
    for (const size of [2 ** 32 - 1, 2 ** 32 - 4, 2 ** 32 - 16, 2 ** 31, 2 ** 31 - 1, TEMPLATE_BYTES]) {
      expect(heap.malloc(size)).toBe(0);
      expect(heap.calloc(1, size)).toBe(0);
      expect(heap.alignedAlloc(64, size)).toBe(0);
    }
    expect(heap.calloc(2 ** 16 + 1, 2 ** 16)).toBe(0);
    expect(heap.calloc(2 ** 31, 2)).toBe(0);
    expect(heap.heapStats().freeBytes).toBe(WHOLE);
  });

  // The allocated bit was cleared before the scheduler was suspended. The race itself is in double-free.threads.test.ts.
  it.each(FORMS)("a second free is refused, and changes neither list nor counters: %s", (form) => {
    const heap = make(form);
    const other = rtosHeap.attach(heap.handle);
    const [first, second] = [heap.malloc(100), heap.malloc(100)];
    heap.free(first);
    const before = heap.heapStats();
    for (const thread of [heap, other]) expect(() => thread.free(first)).toThrow(InvalidAddressError);
    heap.free(second);
    for (const thread of [heap, other]) expect(() => thread.free(second)).toThrow(InvalidAddressError);
    expect(heap.heapStats()).toMatchObject({ freeBytes: before.freeBytes + 112, successfulFrees: 2 });
    heap.check();
  });

  it("of blocks of the same size the one freed last comes first", () => {
    const heap = make("heap_2");
    const blocks = [1, 2, 3, 4].map(() => heap.malloc(100));
    for (const index of [2, 0, 3, 1]) heap.free(blocks[index]);
    expect([1, 2, 3, 4].map(() => heap.malloc(100))).toEqual([1, 3, 0, 2].map((index) => blocks[index]));
  });
});

describe("heap_2 with coalescing, and heap_4", () => {
  // Removal by size cut out the first block of that size instead: the list by size had then lost two blocks.
  it.each(MERGING)("a block leaves by identity, and others of its size stay: %s", (form) => {
    const heap = make(form);
    const blocks = [1, 2, 3, 4, 5].map(() => heap.malloc(100));
    for (const index of [2, 0, 3]) heap.free(blocks[index]);
    heap.check();
    expect(freeBlocksOf(heap).map(({ bytes }) => bytes)).toEqual([112, 224, WHOLE - 5 * 112]);
    expect(heap.heapStats()).toMatchObject({ freeBlocks: 3, freeBytes: WHOLE - 2 * 112 });
  });

  // The counter added the whole merged block: 8,704 free bytes in a heap of 4,096.
  it.each(MERGING)("free bytes are counted once, in whatever order blocks are merged: %s", (form) => {
    const heap = make(form);
    const orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 3, 1, 4], [1, 3, 0, 2, 4]];
    for (const order of orders) {
      const blocks = [100, 50, 200, 10, 400].map((size) => heap.malloc(size));
      for (const index of order) heap.free(blocks[index]);
      expect(heap.heapStats()).toMatchObject({ freeBytes: WHOLE, freeBlocks: 1, largestFreeBlockBytes: WHOLE });
    }
  });

  // The successor was read uninitialised.
  it.each(FORMS)("a block can be freed when nothing else is free: %s", (form) => {
    const heap = make(form);
    const blocks: number[] = [];
    for (let block = heap.malloc(12); block !== 0; block = heap.malloc(12)) blocks.push(block);
    expect(heap.heapStats().freeBlocks).toBe(0);
    for (const block of blocks) heap.free(block);
    heap.check();
    expect(heap.heapStats().freeBytes).toBe(WHOLE);
  });

  // Addresses were cast to int.
  it.each(FORMS)("addresses above 2^31 are addresses like all others: %s", (form) => {
    const memory = growable({ initial: 65536, maximum: 2 ** 31 + 2 ** 25 });
    const heap = rtosHeap.create({ form, heapBytes: 2 ** 31 + 2 ** 24, memory, maximumThreads: 8 });
    const bulk = heap.malloc(2 ** 31);
    const blocks = [100, 200, 300, 400].map((size) => heap.malloc(size));
    for (const block of blocks) expect(block).toBeGreaterThan(2 ** 31);
    for (const index of [1, 3, 2]) heap.free(blocks[index]);
    heap.check();
    expect(heap.malloc(200)).toBe(blocks[1]);
    heap.free(blocks[0]);
    heap.free(bulk);
    heap.check();
  });

  it.each(FORMS)("malloc(0) gives a block, and all there is can be asked for: %s", (form) => {
    const heap = make(form);
    const whole = heap.malloc(WHOLE - 4);
    expect(whole).not.toBe(0);
    heap.free(whole);
    const [a, b] = [heap.malloc(0), heap.malloc(0)];
    expect(a === b || a === 0 || b === 0).toBe(false);
    heap.free(a);
    heap.free(b);
    heap.check();
  });

  // The header took 16 to 28 bytes, and blocks were aligned to 4.
  it.each(FORMS)("a block costs 4 bytes, and is aligned to 16: %s", (form) => {
    const heap = make(form);
    const blocks: number[] = [];
    for (let block = heap.malloc(28); block !== 0; block = heap.malloc(28)) blocks.push(block);
    expect(blocks).toHaveLength(WHOLE / 32);
    expect(blocks.every((block) => block % 16 === 0)).toBe(true);
  });
});
