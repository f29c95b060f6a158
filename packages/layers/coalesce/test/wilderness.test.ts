// Lea's malloc as far as it is in this layer: where a block comes from, and how spans grow, shrink and go.
import { describe, expect, it, vi } from "vitest";
import { PAGE_BYTES, pageNote } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { BinsAndTries, CoalescingHeap, LeaFit, type CoalesceOptions } from "../src/index.js";
import { makeHeap, type TestHeap } from "./heaps.js";

const LEA: CoalesceOptions = { fit: LeaFit, arena: "contiguous" };

function freeSizes(test: TestHeap): number[] {
  return test.regions().filter(({ state, layer }) => state === "free" && layer.startsWith("coalescing")).map(({ bytes }) => bytes + 4);
}

/** Keeps the newest span from growing further. @returns what undoes it */
function blockGrowth(test: TestHeap): () => void {
  const page = test.memory.end;
  let behind = 0;
  for (let at = 0; at < page; at += PAGE_BYTES) if (test.heap.owns(at)) behind = at + PAGE_BYTES;
  expect(test.pages.extend(behind - PAGE_BYTES, PAGE_BYTES, 2 * PAGE_BYTES)).toBe(true);
  return () => test.pages.release(behind, PAGE_BYTES);
}

describe("the designated victim", () => {
  it("is what is left of the block that served a small request, and serves the next ones, side by side", () => {
    const test = makeHeap(LEA);
    const hole = test.heap.allocate(1000);
    test.heap.allocate(1);
    test.heap.free(hole);
    expect([20, 100, 40].map((bytes) => test.heap.allocate(bytes) - hole)).toEqual([0, 32, 144]);
    test.check();
  });

  it("is passed over for an exact fit, and preferred to a better one that is none", () => {
    const test = makeHeap(LEA);
    const [large, exact, near] = [1000, 76, 156].map((bytes) => {
      const hole = test.heap.allocate(bytes);
      test.heap.allocate(1);
      return hole;
    });
    for (const hole of [large, exact, near]) test.heap.free(hole);
    // no bin has 16 bytes, so the smallest larger block is split, and its rest is the victim
    expect(test.heap.allocate(60)).toBe(exact);
    const victim = exact + 64;
    expect(test.heap.allocate(12)).toBe(victim);
    // the victim is used up; the next split makes another
    expect(test.heap.allocate(12)).toBe(near);
    expect(test.heap.allocate(156)).toBe(large);
    expect(test.heap.allocate(100)).toBe(large + 160);
    expect(test.heap.allocate(140)).toBe(near + 16);
    test.check();
  });

  it("serves a large request if it fits better than what the tries have", () => {
    const test = makeHeap(LEA);
    const [first, second] = [2000, 3000].map((bytes) => {
      const hole = test.heap.allocate(bytes);
      test.heap.allocate(1);
      return hole;
    });
    test.heap.free(first);
    test.heap.free(second);
    expect(test.heap.allocate(100)).toBe(first);
    expect(test.heap.allocate(1000)).toBe(first + 112);
    expect(test.heap.allocate(1000)).toBe(second);
    test.check();
  });

  it("stays what it is when it grows by a neighbour that is freed", () => {
    const test = makeHeap(LEA);
    const [before, hole, behind] = [300, 1000, 300].map((bytes) => test.heap.allocate(bytes));
    test.heap.allocate(1);
    test.heap.free(hole);
    expect(test.heap.allocate(100)).toBe(hole);
    test.heap.free(behind);
    test.heap.free(hole);
    test.heap.free(before);
    test.check();
    const other = test.heap.allocate(5000);
    test.heap.allocate(2000);
    test.heap.free(other);
    // all of it is one block and still the victim: small requests come from there and not from the 5000 bytes, or the top
    expect(test.heap.allocate(12)).toBe(before);
    expect(test.heap.allocate(28)).toBe(before + 16);
    test.check();
  });
});

describe("the top", () => {
  it("is used when nothing else will do", () => {
    const test = makeHeap(LEA);
    const hole = test.heap.allocate(1000);
    const last = test.heap.allocate(1);
    test.heap.free(hole);
    expect(test.heap.allocate(1005)).toBeGreaterThan(last);
    expect(test.heap.allocate(1000)).toBe(hole);
    test.check();
  });

  it("takes in what is freed before it", () => {
    const test = makeHeap(LEA);
    const blocks = [100, 200, 300].map((bytes) => test.heap.allocate(bytes));
    for (const block of [blocks[0], blocks[2], blocks[1]]) test.heap.free(block);
    expect(freeSizes(test)).toHaveLength(1);
    expect(test.heap.allocate(40_000)).toBe(blocks[0]);
    test.check();
  });

  it("grows in place, by what is missing", () => {
    const test = makeHeap(LEA);
    let end = test.heap.allocate(60_000) + 60_016;
    for (let i = 0; i < 20; i++) {
      const block = test.heap.allocate(60_000);
      expect(block).toBe(end);
      end = block + 60_016;
      test.check();
    }
    expect(test.pagesHeld()).toBe(Math.ceil((21 * 60_016 + 32) / PAGE_BYTES));
    expect(test.heap.footprint()).toBe(test.pagesHeld() * PAGE_BYTES);
  });

  it("becomes a block like others when a further span begins", () => {
    const test = makeHeap(LEA);
    const first = test.heap.allocate(40_000);
    blockGrowth(test);
    const second = test.heap.allocate(50_000);
    expect(second).toBe(first + 2 * PAGE_BYTES);
    expect(test.heap.allocate(25_000)).toBe(first + 40_016);
    expect(test.heap.allocate(14_000)).toBe(second + 50_016);
    test.check();
    // and the further span is what grows now
    expect(test.heap.allocate(100_000)).toBe(second + 50_016 + 14_016);
    test.check();
  });

  it("is grown into, and given back to, by resizes in place", () => {
    const test = makeHeap(LEA);
    const block = test.heap.allocate(100);
    expect(test.heap.resize(block, 60_000)).toBe(true);
    expect(test.heap.resize(block, 100)).toBe(true);
    expect(freeSizes(test)).toHaveLength(1);
    expect(test.heap.resize(block, 70_000)).toBe(false);
    test.check();
  });
});

describe("giving back", () => {
  it("begins above the trim threshold, and leaves less than a page", () => {
    const test = makeHeap({ ...LEA, trimBytes: 4.5 * PAGE_BYTES });
    const kept = test.heap.allocate(100);
    const blocks = [1, 2, 3, 4, 5].map(() => test.heap.allocate(60_000));
    const held = test.pagesHeld();
    for (const block of blocks.slice(1)) test.heap.free(block);
    expect(test.pagesHeld()).toBe(held);
    test.heap.free(blocks[0]);
    expect(test.pagesHeld()).toBe(1);
    expect(freeSizes(test)[0]).toBeLessThanOrEqual(PAGE_BYTES);
    test.check();
    test.heap.free(kept);
  });

  it.each([[60_000], [100_000], [4 * PAGE_BYTES], [5 * PAGE_BYTES]])("moves pages once, when %i bytes are allocated and freed over and over at the threshold", (bytes) => {
    const test = makeHeap({ ...LEA, trimBytes: 8 * PAGE_BYTES });
    test.heap.allocate(100);
    const large = test.heap.allocate(8 * PAGE_BYTES - 200);
    const edge = test.heap.allocate(100);
    test.heap.free(large);
    test.heap.free(edge);
    const moved = [vi.spyOn(test.pages, "extend"), vi.spyOn(test.pages, "acquire"), vi.spyOn(test.pages, "release")];
    for (let i = 0; i < 50; i++) test.heap.free(test.heap.allocate(bytes));
    const calls = moved.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    // at most: once over the edge, back in pieces of two pages, and grown once more
    expect(calls).toBeLessThanOrEqual(1 + 7 + 1);
    test.check();
  });

  it("of older spans waits until so many large blocks were freed", () => {
    const test = makeHeap({ ...LEA, releaseEvery: 10 });
    const first = test.heap.allocate(60_000);
    blockGrowth(test);
    test.heap.allocate(60_000);
    test.heap.free(first);
    expect(test.pagesHeld()).toBe(2);
    for (let i = 0; i < 10; i++) test.heap.free(test.heap.allocate(1000));
    expect(test.pagesHeld()).toBe(1);
    test.check();
  });

  it("is complete when it is asked for", () => {
    const test = makeHeap(LEA);
    const first = [1000, 60_000, 60_000].map((bytes) => test.heap.allocate(bytes));
    blockGrowth(test);
    const second = [60_000, 60_000].map((bytes) => test.heap.allocate(bytes));
    for (const block of [first[1], first[2], second[1]]) test.heap.free(block);
    expect(test.pagesHeld()).toBe(4);
    test.heap.trim();
    expect(test.pagesHeld()).toBe(2);
    test.check();
    for (const block of [first[0], second[0]]) test.heap.free(block);
    test.heap.trim();
    expect(test.pagesHeld()).toBe(0);
    expect([test.heap.footprint(), test.heap.peakFootprint()]).toEqual([0, 4 * PAGE_BYTES]);
    test.check();
    expect(test.heap.allocate(100)).not.toBe(0);
    test.check();
  });

  it.each([[16], [32]])("leaves %i bytes of a large block in an older span, and its neighbours in the index alone", (left) => {
    const test = makeHeap(LEA);
    // ends `left` bytes before its page does, and the next one where the span ends
    test.heap.allocate(PAGE_BYTES - 32 - left - 4);
    const tail = test.heap.allocate(PAGE_BYTES + left - 4);
    blockGrowth(test);
    const [, first, , second] = [1000, 70_000, 100, 75_000, 100].map((bytes) => test.heap.allocate(bytes));
    for (const block of [first, tail, second]) test.heap.free(block);
    test.check();
    test.heap.trim();
    expect(freeSizes(test)).toContain(left);
    test.check();
  });
});

describe("the footprint", () => {
  it("stays within its limit, which can be changed", () => {
    const test = makeHeap({ ...LEA, footprintLimit: 3 * PAGE_BYTES - 1 });
    expect(test.heap.footprintLimit()).toBe(3 * PAGE_BYTES);
    const blocks: number[] = [];
    for (let block = test.heap.allocate(10_000); block !== 0; block = test.heap.allocate(10_000)) blocks.push(block);
    expect(test.heap.footprint()).toBe(3 * PAGE_BYTES);
    test.join().heap.setFootprintLimit(4 * PAGE_BYTES);
    expect(test.heap.allocate(50_000)).not.toBe(0);
    expect(test.heap.allocate(50_000)).toBe(0);
    test.heap.setFootprintLimit(PAGE_BYTES);
    test.heap.free(blocks[0]);
    expect(test.heap.allocate(10_000)).toBe(blocks[0]);
    expect(test.heap.allocate(50_000)).toBe(0);
    test.heap.setFootprintLimit(0);
    expect(test.heap.allocate(500_000)).not.toBe(0);
    test.check();
  });

  it("of spans that come and go as a whole has a limit, too", () => {
    const test = makeHeap({ fit: BinsAndTries, footprintLimit: 2 * PAGE_BYTES });
    expect([60_000, 60_000, 60_000].map((bytes) => test.heap.allocate(bytes) !== 0)).toEqual([true, true, false]);
    expect(test.heap.footprint()).toBe(2 * PAGE_BYTES);
    test.check();
  });

  it("does not grow for a request that is to be served from what is held", () => {
    const test = makeHeap(LEA);
    expect(test.heap.allocateHeld(100)).toBe(0);
    const block = test.heap.allocate(100);
    expect(test.heap.allocateHeld(60_000)).toBe(block + 112);
    expect(test.heap.allocateHeld(60_000)).toBe(0);
    expect(test.heap.footprint()).toBe(PAGE_BYTES);
    test.check();
  });
});

describe("guards", () => {
  const GUARDED: CoalesceOptions = { ...LEA, guard: 0x12345678 };

  it("cost one more word a block: 8 bytes take 16, 9 take 32", () => {
    const { heap } = makeHeap(GUARDED);
    expect([0, 8, 9, 24, 25].map((bytes) => heap.usableSize(heap.allocate(bytes)))).toEqual([8, 8, 24, 24, 40]);
  });

  it("show that a block was written past, when it is freed or asked about", () => {
    const test = makeHeap(GUARDED);
    const [block] = [100, 100].map((bytes) => test.heap.allocate(bytes));
    const end = block + test.heap.usableSize(block);
    test.memory.u8[end] ^= 1;
    for (const use of [() => test.heap.free(block), () => test.heap.usableSize(block), () => test.heap.resize(block, 10), () => test.heap.check()]) {
      expect(use).toThrow("overwritten");
    }
    test.memory.u8[end] ^= 1;
    test.heap.free(block);
    test.check();
  });

  it("move with the end of a block", () => {
    const test = makeHeap(GUARDED);
    const block = test.heap.allocate(1000);
    for (const bytes of [10, 5000, 5001, 4999, 0]) {
      expect(test.heap.resize(block, bytes)).toBe(true);
      test.check();
      test.memory.u8.fill(0xff, block, block + test.heap.usableSize(block));
      test.check();
    }
    test.heap.free(block);
    test.check();
  });
});

describe("heaps that share an owner of pages", () => {
  it("know their own blocks by the note of the page", () => {
    const test = makeHeap(LEA);
    const { root } = test;
    expect(root.end).toBeGreaterThan(0);
    const owner = test.pages.map.newOwner();
    const [first, second] = [1, 2].map((value) => new CoalescingHeap(root, test.pages, { ...LEA, pageNote: pageNote(owner, value) }));
    const blocks = [first.allocate(100), second.allocate(100)];
    expect(blocks.map((block) => [first.owns(block), second.owns(block)])).toEqual([[true, false], [false, true]]);
    expect(() => first.free(blocks[1])).toThrow("is not the address of a block");
    first.free(blocks[0]);
    first.check();
    second.check();
  });
});

it("a contiguous arena wants merging, and a page source that can extend", () => {
  expect(() => makeHeap({ ...LEA, coalesce: "none" })).toThrow("contiguous");
  const { root } = makeHeap(LEA);
  const { acquire, release, map, progress, granule, lastWasZero, longestFree } = new Pages(root);
  expect(() => new CoalescingHeap(root, { acquire, release, map, progress, granule, lastWasZero, longestFree }, LEA)).toThrow("contiguous");
});
