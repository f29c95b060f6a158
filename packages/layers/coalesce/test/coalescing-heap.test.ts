import { describe, expect, it } from "vitest";
import { fixed } from "@heapwright/core";
import { AddressOrdered, SizeOrdered, SpanFirstFit } from "../src/index.js";
import { makeHeap, POLICIES } from "./heaps.js";

describe.each(POLICIES)("a coalescing heap, %s", (_name, fit) => {
  it("serves blocks that are aligned to 16 and at least as large as asked for", () => {
    const test = makeHeap({ fit });
    for (const bytes of [0, 1, 12, 13, 28, 100, 1000, 65500, 65501, 200_000]) {
      const block = test.heap.allocate(bytes);
      expect(block % 16).toBe(0);
      expect(block).not.toBe(0);
      expect(test.heap.usableSize(block)).toBeGreaterThanOrEqual(bytes);
      expect(test.heap.owns(block)).toBe(true);
    }
    test.check();
  });

  it("spends one word on a block: 12 bytes take 16, 13 take 32", () => {
    const { heap } = makeHeap({ fit });
    expect([0, 12, 13, 28, 29].map((bytes) => heap.usableSize(heap.allocate(bytes)))).toEqual([12, 12, 28, 28, 44]);
  });

  it("gives zero-sized requests addresses of their own", () => {
    const { heap } = makeHeap({ fit });
    const blocks = [heap.allocate(0), heap.allocate(0), heap.allocate(0)];
    expect(new Set(blocks).size).toBe(3);
    for (const block of blocks) heap.free(block);
  });

  it.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])("merges neighbours freed in the order %j into one", (order) => {
    const test = makeHeap({ fit });
    const fence = test.heap.allocate(100);
    const before = test.regions().filter(({ state }) => state === "free" ).length;
    const blocks = [test.heap.allocate(100), test.heap.allocate(200), test.heap.allocate(300)];
    for (const index of order) {
      test.heap.free(blocks[index]);
      test.check();
    }
    expect(test.regions().filter(({ state }) => state === "free")).toHaveLength(before);
    test.heap.free(fence);
    test.check();
  });

  it("keeps the address of a block that is resized where it stands", () => {
    const test = makeHeap({ fit });
    const block = test.heap.allocate(1000);
    expect(test.heap.resize(block, 5000)).toBe(true);
    expect(test.heap.usableSize(block)).toBe(5004);
    test.check();
    expect(test.heap.resize(block, 10)).toBe(true);
    expect(test.heap.usableSize(block)).toBe(12);
    test.check();
    const next = test.heap.allocateAligned(16, 12);
    expect(test.heap.resize(block, next > block ? next - block : 12)).toBe(next < block);
    expect(test.heap.resize(block, 2 ** 32 - 1)).toBe(false);
    test.check();
  });

  it("aligns to every power of two", () => {
    const test = makeHeap({ fit });
    const blocks = [];
    for (let alignment = 1; alignment <= 2 ** 20; alignment *= 2) {
      const block = test.heap.allocateAligned(alignment, 77);
      expect(block % alignment, String(alignment)).toBe(0);
      expect(block).not.toBe(0);
      blocks.push(block);
      test.check();
    }
    expect(test.heap.allocateAligned(2 ** 31, 1)).toBe(0);
    for (const block of blocks) test.heap.free(block);
    test.check();
    expect(test.live()).toEqual([]);
  });

  it("refuses addresses at which no block in use starts, and is as it was", () => {
    const test = makeHeap({ fit });
    const [a, b, c] = [test.heap.allocate(100), test.heap.allocate(100), test.heap.allocate(100)];
    test.heap.free(b);
    const before = test.regions();
    const span = a & -65536;
    const wrong = [1, 15, 64, a + 1, a + 8, a + 16, a + 32, b, b + 16, c + 96, span, span + 16, span + 65520, test.memory.end, 2 ** 31, 2 ** 32 - 16];
    for (const address of wrong) {
      expect(() => test.heap.free(address), String(address)).toThrow("is not the address of a block");
      expect(() => test.heap.usableSize(address), String(address)).toThrow("is not the address of a block");
      expect(() => test.heap.resize(address, 10), String(address)).toThrow("is not the address of a block");
    }
    expect(test.regions()).toEqual(before);
    test.check();
  });

  it("notices a block freed twice, after it was merged, too", () => {
    const test = makeHeap({ fit });
    const blocks = [1, 2, 3, 4, 5].map(() => test.heap.allocate(60));
    for (const index of [0, 2, 1, 3]) test.heap.free(blocks[index]);
    for (const index of [0, 1, 2, 3]) expect(() => test.heap.free(blocks[index])).toThrow("is not the address of a block");
    test.heap.free(blocks[4]);
    expect(test.live()).toEqual([]);
    test.check();
  });

  it("returns spans that are wholly free, and keeps as much as it was told to", () => {
    const test = makeHeap({ fit, keepBytes: 2 * 65536 });
    const blocks = Array.from({ length: 40 }, () => test.heap.allocate(16000));
    const held = test.pagesHeld();
    expect(held).toBe(10);
    for (const block of blocks) test.heap.free(block);
    expect(test.pagesHeld()).toBe(2);
    test.check();
    const { heap } = test;
    heap.free(heap.allocate(300_000));
    expect(test.pagesHeld()).toBe(2);
    test.check();
  });

  it("gives back what it keeps when it is told to", () => {
    const test = makeHeap({ fit, keepBytes: 2 ** 20 });
    const blocks = Array.from({ length: 40 }, () => test.heap.allocate(16000));
    for (const block of blocks.slice(1)) test.heap.free(block);
    expect(test.pagesHeld()).toBe(10);
    test.heap.trim();
    expect(test.pagesHeld()).toBe(1);
    test.check();
    test.heap.free(blocks[0]);
    test.heap.trim();
    expect(test.pagesHeld()).toBe(0);
    test.check();
  });

  it("does not acquire and release a span over and over at its edge", () => {
    const test = makeHeap({ fit });
    const full = test.heap.allocate(65500);
    const edge = test.heap.allocate(60000);
    const page = edge & -65536;
    for (let i = 0; i < 10; i++) {
      test.heap.free(edge);
      expect(test.heap.owns(page)).toBe(true);
      expect(test.heap.allocate(60000)).toBe(edge);
    }
    test.heap.free(full);
    test.check();
  });

  it("answers 0 when memory is exhausted, and serves again after a free", () => {
    const test = makeHeap({ fit }, fixed(2 ** 20));
    const blocks: number[] = [];
    for (let block = test.heap.allocate(5000); block !== 0; block = test.heap.allocate(5000)) blocks.push(block);
    expect(blocks.length).toBeGreaterThan(150);
    test.check();
    expect(test.heap.allocate(2 ** 32 - 1)).toBe(0);
    expect(test.heap.allocateAligned(2 ** 31, 2 ** 31)).toBe(0);
    test.heap.free(blocks[70]);
    expect(test.heap.allocate(5000)).toBe(blocks[70]);
    for (const block of blocks) test.heap.free(block);
    expect(test.live()).toEqual([]);
    expect(test.heap.allocate(600_000)).not.toBe(0);
    test.check();
  });

  it("acquires a smaller span when a usual one is not to be had", () => {
    const test = makeHeap({ fit, spanBytes: 2 ** 19 }, fixed(2 ** 20));
    let served = 0;
    while (test.heap.allocate(100_000) !== 0) served++;
    expect(served).toBeGreaterThanOrEqual(6);
    test.check();
  });

  it("accounts for its bookkeeping", () => {
    const test = makeHeap({ fit });
    for (let i = 0; i < 10; i++) test.heap.allocate(50);
    const metadata = test.regions().filter(({ layer, state }) => layer.startsWith("coalescing") && state === "metadata");
    expect(test.heap.metadataBytes()).toBe(metadata.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("counts free bytes once, however blocks were merged", () => {
    const test = makeHeap({ fit, arena: "fixed", spanBytes: 4096 });
    test.heap.free(test.heap.allocate(1));
    const whole = test.heap.freeBytes();
    expect(whole).toBe(4096 - 32);
    const blocks = [100, 100, 100, 100, 100].map((bytes) => test.heap.allocate(bytes));
    for (const index of [2, 0, 3, 1, 4]) test.heap.free(blocks[index]);
    expect(test.heap.freeBytes()).toBe(whole);
    test.check();
  });
});

describe("figures", () => {
  it("tell the peak of what was in use, not of what an operation had in hand", () => {
    const test = makeHeap({ fit: AddressOrdered, arena: "fixed", spanBytes: 4096 });
    expect([test.heap.usedBytes(), test.heap.peakUsedBytes()]).toEqual([0, 0]);
    const [a, b, c] = [100, 200, 300].map((bytes) => test.heap.allocate(bytes));
    expect(test.heap.usedBytes()).toBe(112 + 208 + 304);
    test.heap.free(b);
    test.heap.allocateAligned(512, 100);
    const used = test.heap.usedBytes();
    expect(test.heap.peakUsedBytes()).toBe(Math.max(used, 624));
    // grows into the hole behind it, all of which it has for a moment
    test.heap.resize(a, 140);
    expect(test.heap.usedBytes()).toBe(used + 32);
    expect(test.heap.peakUsedBytes()).toBe(Math.max(used + 32, 624));
    test.heap.free(c);
    expect(test.heap.peakUsedBytes()).toBe(Math.max(used + 32, 624));
    test.check();
  });

  it("count free blocks and know the smallest and the largest", () => {
    const test = makeHeap({ fit: SizeOrdered, arena: "fixed", spanBytes: 4096, coalesce: "none" });
    expect(test.heap.freeBlocks()).toEqual({ count: 0, smallestBytes: 0, largestBytes: 0 });
    const blocks = [100, 12, 500].map((bytes) => test.heap.allocate(bytes));
    for (const block of blocks) test.heap.free(block);
    const { count, smallestBytes, largestBytes } = test.heap.freeBlocks();
    expect([count, smallestBytes, largestBytes]).toEqual([4, 16, 4096 - 32 - 112 - 16 - 512]);
    const all = test.heap.allocate(largestBytes - 4);
    expect(all).not.toBe(0);
    expect(test.heap.freeBlocks().largestBytes).toBe(512);
  });
});

describe("poison", () => {
  const POISON = 0xae;

  it.each([["front"], ["back"]] as const)("fills what is freed, but for links and footer, served from the %s", (serveFrom) => {
    const test = makeHeap({ fit: SpanFirstFit, serveFrom, poison: POISON });
    const [, freed] = [100, 100, 100].map((bytes) => test.heap.allocate(bytes));
    test.memory.u8.fill(1, freed, freed + 108);
    test.heap.free(freed);
    expect([...new Set(test.memory.u8.subarray(freed + 8, freed + 104))]).toEqual([POISON]);
    test.check();
  });

  it("fills what is cut off a block, and leaves the rest of it alone", () => {
    const test = makeHeap({ fit: AddressOrdered, poison: POISON });
    const block = test.heap.allocate(1000);
    test.heap.allocate(100);
    test.memory.u8.fill(1, block, block + 1000);
    expect(test.heap.resize(block, 500)).toBe(true);
    expect(new Set(test.memory.u8.subarray(block, block + 500))).toEqual(new Set([1]));
    expect(new Set(test.memory.u8.subarray(block + 508 + 4 + 8, block + 1000))).toEqual(new Set([POISON]));
    test.check();
  });

  it("does not write all of a block that is larger than 64 KiB", () => {
    const test = makeHeap({ fit: AddressOrdered, poison: POISON });
    const block = test.heap.allocate(200_000);
    test.heap.allocate(30_000);
    test.memory.u8.fill(1, block, block + 200_000);
    test.heap.free(block);
    expect([65535, 65536].map((at) => test.memory.u8[block + at])).toEqual([POISON, 1]);
  });

  it("does not hide that a block is freed twice, merged or not", () => {
    const test = makeHeap({ fit: AddressOrdered, poison: POISON });
    const blocks = [1, 2, 3, 4].map(() => test.heap.allocate(60));
    for (const index of [0, 2, 1]) test.heap.free(blocks[index]);
    for (const index of [0, 1, 2]) expect(() => test.heap.free(blocks[index])).toThrow("is not the address of a block");
  });
});

describe("an arena of fixed size", () => {
  it("is a single span of that size, of which a request may take all", () => {
    const test = makeHeap({ fit: AddressOrdered, arena: "fixed", spanBytes: 10_000 });
    expect(test.heap.allocate(10_000 - 35)).toBe(0);
    const block = test.heap.allocate(10_000 - 36);
    expect(block).not.toBe(0);
    expect(test.heap.allocate(0)).toBe(0);
    test.check();
    test.heap.free(block);
    expect(test.pagesHeld()).toBe(1);
    test.check();
  });

  it("can be acquired before it is needed, once", () => {
    const test = makeHeap({ fit: AddressOrdered, arena: "fixed", spanBytes: 10_000 });
    expect([test.heap.reserve(), test.heap.reserve()]).toEqual([true, true]);
    expect(test.heap.freeBlocks()).toEqual({ count: 1, smallestBytes: 9968, largestBytes: 9968 });
    expect(test.pagesHeld()).toBe(1);
    expect(makeHeap({ fit: AddressOrdered, arena: "fixed", spanBytes: 2 ** 25 }).heap.reserve()).toBe(false);
    test.check();
  });
});

describe("serving from the back", () => {
  it("leaves the front free, in its place on the list", () => {
    const test = makeHeap({ fit: SpanFirstFit, serveFrom: "back" });
    const first = test.heap.allocate(100);
    const second = test.heap.allocate(100);
    expect(second).toBe(first - 112);
    expect(first & 0xffff).toBe(0x10000 - 112);
    test.check();
  });
});

describe("without coalescing", () => {
  it("a freed block serves requests up to its size and never a larger one", () => {
    const test = makeHeap({ fit: SizeOrdered, arena: "fixed", spanBytes: 4096, coalesce: "none" });
    const blocks: number[] = [];
    for (let block = test.heap.allocate(100); block !== 0; block = test.heap.allocate(100)) blocks.push(block);
    for (const block of blocks) test.heap.free(block);
    test.check();
    expect(test.heap.allocate(200)).toBe(0);
    expect(test.heap.allocate(100)).not.toBe(0);
  });

  it("a block is not cut to be resized", () => {
    const test = makeHeap({ fit: SizeOrdered, arena: "fixed", spanBytes: 4096, coalesce: "none", minimumRestBytes: 32 });
    const block = test.heap.allocate(1000);
    expect([10, 900, 970, 980, 1005].map((bytes) => test.heap.resize(block, bytes))).toEqual([false, false, false, true, false]);
    expect(test.heap.usableSize(block)).toBe(1004);
    test.check();
  });

  it("gives back a span in pieces", () => {
    const test = makeHeap({ fit: SizeOrdered, coalesce: "none", keepBytes: 0 });
    const blocks = Array.from({ length: 100 }, () => test.heap.allocate(1000));
    for (const block of blocks) test.heap.free(block);
    expect(test.pagesHeld()).toBe(0);
    test.check();
  });

  it("splits the smallest of the freed blocks that fits", () => {
    const test = makeHeap({ fit: SizeOrdered, arena: "fixed", spanBytes: 4096, coalesce: "none" });
    const [five, twentyFive, hundred] = [5, 60, 300].map((bytes) => test.heap.allocate(bytes));
    while (test.heap.allocate(0) !== 0);
    for (const block of [five, twentyFive, hundred]) test.heap.free(block);
    expect(test.heap.allocate(20)).toBe(twentyFive);
    test.check();
  });
});

describe("options", () => {
  it.each([
    [{ spanBytes: 65537 }, "spanBytes"],
    [{ spanBytes: 0 }, "spanBytes"],
    [{ minimumBlockBytes: 8 }, "minimumBlockBytes"],
    [{ minimumBlockBytes: 64, minimumRestBytes: 32 }, "minimumRestBytes"],
    [{ keepBytes: -1 }, "keepBytes"],
    [{ arena: "elastic" as "fixed" }, "arena"],
    [{ poison: 256 }, "poison"],
    [{ fit: "first" as unknown as typeof AddressOrdered }, "fit must be"],
  ])("%j are refused by name", (options, name) => {
    expect(() => makeHeap({ fit: AddressOrdered, ...options })).toThrow(name);
  });

  it("decide on the smallest block and the smallest rest", () => {
    const { heap } = makeHeap({ fit: AddressOrdered, minimumBlockBytes: 64, minimumRestBytes: 128 });
    const block = heap.allocate(1);
    expect(heap.usableSize(block)).toBe(60);
    const large = heap.allocate(172);
    heap.allocate(1);
    heap.free(large);
    expect(heap.usableSize(heap.allocate(64))).toBe(172);
  });
});
