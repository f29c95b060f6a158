// Bugs of the heaps that this layer is modelled on, so that it does not have them.
import { describe, expect, it } from "vitest";
import { growable, HeapCorruptionError } from "@heapwright/core";
import { SizeOrdered } from "../src/index.js";
import { makeHeap, POLICIES } from "./heaps.js";

describe.each(POLICIES)("%s", (_name, fit) => {
  it.each([100, 1000])("a search among freed blocks of %i bytes that a program led in circles ends, and the next call finds them all", (bytes) => {
    const test = makeHeap({ fit });
    const blocks = Array.from({ length: 12 }, (_, i) => test.heap.allocate(bytes + 16 * (i & 2)));
    const freed = blocks.filter((_, i) => i % 2 === 1).slice(0, 5);
    for (const block of freed) test.heap.free(block);
    const { i32 } = test.memory;
    for (const block of freed) i32.fill(block, block >>> 2, (block >>> 2) + 4);
    const attempt = (): unknown => {
      try {
        return test.heap.allocate(bytes + 20);
      } catch (error) {
        return error;
      }
    };
    const served = new Set<number>();
    let answer: unknown = 0;
    // a block that leads to itself may be found once
    for (let calls = 0; calls < 3 && typeof answer === "number"; calls++) {
      answer = attempt();
      if (typeof answer !== "number") break;
      expect(served).not.toContain(answer);
      served.add(answer);
    }
    if (typeof answer === "number") return;
    expect(answer).toBeInstanceOf(HeapCorruptionError);
    const again = [test.heap.allocate(bytes), test.heap.allocate(bytes)];
    expect(new Set([...served, ...again, 0]).size).toBe(served.size + 3);
    test.check();
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 - 65536, 2 ** 32 - 40, 2 ** 32 - 16, 2 ** 32 - 8, 2 ** 32 - 4, 2 ** 32 - 1])(
    "a request of %i bytes is refused and not wrapped to a small one",
    (bytes) => {
      const test = makeHeap({ fit });
      expect(test.heap.allocate(bytes)).toBe(0);
      expect(test.heap.allocateAligned(4096, bytes)).toBe(0);
      test.check();
    },
  );

  it("an address at the very end of a span is not in it", () => {
    const test = makeHeap({ fit });
    const block = test.heap.allocate(65500);
    expect(() => test.heap.free(block + 65504)).toThrow("is not the address of a block");
    expect(() => test.heap.free((block & -65536) + 65536)).toThrow("is not the address of a block");
  });

  it("the first block of a span does not merge with what lies before the span", () => {
    const test = makeHeap({ fit });
    const below = test.heap.allocate(65500);
    const above = test.heap.allocate(65500);
    test.memory.u8.fill(0, below, below + 65500);
    test.heap.free(above);
    test.check();
    expect(test.live()).toEqual([below]);
  });

  it("freeing into an empty index works", () => {
    const test = makeHeap({ fit, arena: "fixed", spanBytes: 4096 });
    const all = test.heap.allocate(4096 - 36);
    expect(test.heap.freeBytes()).toBe(0);
    test.heap.free(all);
    test.check();
  });

  it("a kept span is never larger than the limit", () => {
    const test = makeHeap({ fit });
    test.heap.free(test.heap.allocate(2 ** 21));
    expect(test.pagesHeld()).toBeLessThanOrEqual(1);
  });

  it("many small blocks make room for one large one when they are freed", () => {
    const test = makeHeap({ fit, arena: "fixed", spanBytes: 40_000 });
    const blocks: number[] = [];
    for (let block = test.heap.allocate(10); block !== 0; block = test.heap.allocate(10)) blocks.push(block);
    expect(blocks.length).toBe(2498);
    for (const block of blocks) test.heap.free(block);
    expect(test.heap.allocate(39_964)).not.toBe(0);
  });

  it("works above 2 GiB and up to the last page of 4 GiB", () => {
    const test = makeHeap({ fit }, growable({ initial: 2 ** 20, maximum: 2 ** 32 }));
    const low = test.heap.allocate(2 ** 31);
    expect(low).not.toBe(0);
    const high = [100, 5000, 100, 5000, 100].map((bytes) => test.heap.allocate(bytes));
    for (const block of high) expect(block).toBeGreaterThan(2 ** 31);
    test.heap.free(high[1]);
    test.heap.free(high[3]);
    test.heap.free(high[2]);
    test.heap.check();
    expect(test.heap.resize(high[0], 9000)).toBe(true);
    let rest = 2 ** 31;
    const top: number[] = [];
    while (rest >= 60_000) {
      const block = test.heap.allocate(rest);
      if (block === 0) rest = Math.floor(rest / 2);
      else top.push(block);
    }
    const ends = top.map((block) => block + test.heap.usableSize(block));
    expect(Math.max(...ends)).toBeGreaterThan(2 ** 32 - 65536);
    test.check();
    const aligned = test.heap.allocateAligned(4096, 100);
    for (const block of [low, high[0], high[4], ...top, ...(aligned === 0 ? [] : [aligned])]) test.heap.free(block);
    test.check();
    expect(test.live()).toEqual([]);
  });
});

// hack-malloc's own test: sizes and contents from a 16-bit shift register (taps 16, 14, 13, 11), oldest freed first.
it("a shift register's worth of allocations keeps contents and lists", () => {
  const test = makeHeap({ fit: SizeOrdered, arena: "fixed", spanBytes: 4096 });
  let state = 0xace1;
  const next = (): number => {
    const bit = (state ^ (state >>> 2) ^ (state >>> 3) ^ (state >>> 5)) & 1;
    state = (state >>> 1) | (bit << 15);
    return state;
  };
  const live: { block: number; bytes: number; seed: number }[] = [];
  const fill = (seed: number, bytes: number, visit: (at: number, value: number) => void): void => {
    const saved = state;
    state = seed;
    for (let at = 0; at < bytes; at++) visit(at, next() & 0xff);
    state = saved;
  };
  for (let round = 0; round < 3000; round++) {
    const bytes = next() & 2047;
    const block = test.heap.allocate(bytes);
    if (block === 0) {
      do {
        const oldest = live.shift();
        if (oldest === undefined) break;
        let wrong = 0;
        fill(oldest.seed, oldest.bytes, (at, value) => (wrong += test.memory.u8[oldest.block + at] === value ? 0 : 1));
        expect(wrong).toBe(0);
        test.heap.free(oldest.block);
      } while ((next() & 1) === 0);
    } else {
      const seed = next();
      fill(seed, bytes, (at, value) => (test.memory.u8[block + at] = value));
      live.push({ block, bytes, seed });
    }
    if (round % 10 === 0) test.heap.check();
  }
});
