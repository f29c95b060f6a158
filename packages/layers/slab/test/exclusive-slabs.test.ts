import { describe, expect, it } from "vitest";
import { fixed, growable, openMemory, Root } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { linear, powersOfTwo } from "@heapwright/sizes";
import { ExclusiveSlabs } from "../src/index.js";
import { exclusiveHeap, liveIn, pagesHeld } from "./exclusive-heap.js";

const refused = "is not the address of a block";

describe("one thread", () => {
  it("gets blocks of the class of each size, apart from each other", () => {
    const { heap, slabs } = exclusiveHeap();
    const blocks = new Set<number>();
    for (let bytes = 0; bytes <= 32768; bytes += 97) {
      const block = slabs.allocate(bytes);
      expect(block % 16).toBe(0);
      expect(slabs.usableSize(block)).toBeGreaterThanOrEqual(bytes);
      blocks.add(block);
    }
    expect(blocks.size).toBe(338);
    heap.check();
    expect(slabs.allocate(32769)).toBe(0);
  });

  it("gets the block that it freed last", () => {
    const { slabs } = exclusiveHeap();
    const [a, b] = [slabs.allocate(100), slabs.allocate(100)];
    slabs.free(a);
    slabs.free(b);
    expect([slabs.allocate(100), slabs.allocate(100)]).toEqual([b, a]);
  });

  it("keeps one empty superblock of a class, and gives the others back", () => {
    const thread = exclusiveHeap();
    const blocks = Array.from({ length: 500 }, () => thread.slabs.allocate(1000));
    expect(pagesHeld(thread)).toBeGreaterThan(7);
    for (const block of blocks) thread.slabs.free(block);
    expect(pagesHeld(thread)).toBe(1);
    thread.heap.check();
  });

  it("gives back what it keeps when it is told to", () => {
    const thread = exclusiveHeap();
    const other = thread.join();
    const blocks = [20, 200, 2000].map((bytes) => thread.slabs.allocate(bytes));
    thread.slabs.free(blocks[0]);
    other.slabs.free(blocks[1]);
    thread.slabs.trim();
    expect(pagesHeld(thread)).toBe(1);
    thread.heap.check();
  });

  it("is refused addresses at which no live block begins", () => {
    const { heap, slabs, memory } = exclusiveHeap();
    const [a, b] = [slabs.allocate(100), slabs.allocate(100)];
    slabs.free(b);
    const superblock = a & -65536;
    for (const wrong of [a + 1, a + 8, a + 16, b, b + 16, superblock, superblock + 256, superblock + 65520, memory.end - 16, 2 ** 32 - 16, 64]) {
      expect(() => slabs.free(wrong)).toThrow(refused);
      expect(() => slabs.usableSize(wrong)).toThrow(refused);
      expect(slabs.classAt(wrong)).toBe(-1);
    }
    expect(slabs.classAt(a)).toBeGreaterThan(0);
    heap.check();
  });

  it("aligns inside of larger blocks, which free takes back by that address only", () => {
    const { heap, slabs } = exclusiveHeap();
    const blocks = [];
    for (let alignment = 1; alignment <= 16384; alignment *= 2) {
      const block = slabs.allocateAligned(alignment, 100);
      expect(block % alignment).toBe(0);
      expect(slabs.usableSize(block)).toBeGreaterThanOrEqual(100);
      blocks.push(block);
    }
    heap.check();
    for (const block of blocks) {
      expect(() => slabs.free(block - 16)).toThrow(refused);
      expect(() => slabs.free(block + 16)).toThrow(refused);
      slabs.free(block);
      expect(() => slabs.free(block)).toThrow(refused);
    }
    heap.check();
    const plain = Array.from({ length: 200 }, () => slabs.allocate(120));
    expect(plain.every((block) => slabs.classAt(block) >= 0)).toBe(true);
    for (const block of plain) slabs.free(block);
    heap.check();
  });

  it("serves its classes as blocks in batches", () => {
    const { heap, slabs, memory } = exclusiveHeap();
    const batch = slabs.allocate(400);
    const c = slabs.classAt(slabs.allocate(200));
    const blocks = slabs.blocksOf(c);
    expect(blocks.take(batch, 100)).toBe(100);
    const taken = Array.from(memory.u32.subarray(batch >>> 2, (batch >>> 2) + 100));
    expect(new Set(taken).size).toBe(100);
    for (const block of taken) expect(slabs.classAt(block)).toBe(c);
    blocks.give(batch, 100);
    for (const block of taken) expect(slabs.classAt(block)).toBe(-1);
    heap.check();
  });
});

describe("two threads", () => {
  it("never share a superblock while both own some", () => {
    const one = exclusiveHeap();
    const two = one.join();
    const [a, b] = [one.slabs.allocate(100), two.slabs.allocate(100)];
    expect(a & -65536).not.toBe(b & -65536);
    one.heap.check();
  });

  it("free each other's blocks, which the owner finds when it runs out", () => {
    const one = exclusiveHeap();
    const two = one.join();
    const blocks = Array.from({ length: 60 }, () => one.slabs.allocate(1000));
    for (const block of blocks.slice(0, 10)) two.slabs.free(block);
    two.heap.check();
    expect(liveIn(one)).toEqual(blocks.slice(10));
    const held = pagesHeld(one);
    const again = Array.from({ length: 10 }, () => one.slabs.allocate(1000));
    expect(pagesHeld(one)).toBe(held);
    expect(again.every((block) => block !== 0)).toBe(true);
    one.heap.check();
  });

  it("a producer's memory does not grow while a consumer frees what it makes", () => {
    const producer = exclusiveHeap();
    const consumer = producer.join();
    const inFlight: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      inFlight.push(producer.slabs.allocate(200 + (i % 5) * 100));
      if (inFlight.length > 300) consumer.slabs.free(inFlight.shift()!);
    }
    // 300 blocks of at most 640 bytes are 3 pages; 5 classes are 5 superblocks in use; a fourth more may wait to be found
    expect(pagesHeld(producer)).toBeLessThanOrEqual(20);
    producer.heap.check();
    for (const block of inFlight) consumer.slabs.free(block);
    producer.heap.check();
    expect(liveIn(producer)).toEqual([]);
  });

  it("what one leaves behind, the other adopts when it needs that class", () => {
    const one = exclusiveHeap();
    const two = one.join();
    const blocks = Array.from({ length: 100 }, (_, i) => two.slabs.allocate(50 + i));
    two.heap[Symbol.dispose]();
    one.heap.check();
    const [survivor] = blocks.splice(10, 1);
    for (const block of blocks) one.slabs.free(block);
    one.heap.check();
    expect(one.slabs.allocate(60) & -65536).toBe(survivor & -65536);
    one.heap.check();
    expect(liveIn(one)).toHaveLength(2);
  });

  it("one that leaves with nothing live leaves nothing behind", () => {
    const one = exclusiveHeap();
    const two = one.join();
    for (let bytes = 0; bytes < 30_000; bytes += 1000) two.slabs.free(two.slabs.allocate(bytes));
    two.heap[Symbol.dispose]();
    expect(pagesHeld(one)).toBe(0);
    one.heap.check();
  });

  it("free a block once in all, whoever they are", () => {
    const one = exclusiveHeap();
    const [two, three] = [one.join(), one.join()];
    const [a, b, c] = [one.slabs.allocate(1000), one.slabs.allocate(1000), one.slabs.allocateAligned(256, 100)];
    two.slabs.free(a);
    one.slabs.free(b);
    three.slabs.free(c);
    for (const { slabs, heap } of [one, two, three]) {
      for (const block of [a, b, c]) expect(() => slabs.free(block)).toThrow(refused);
      for (const block of [a, b, c]) expect(() => slabs.usableSize(block)).toThrow(refused);
      heap.check();
    }
  });
});

describe("exhaustion", () => {
  it("is answered by 0, and what anybody frees can be allocated again by anybody", () => {
    const one = exclusiveHeap(fixed(2 ** 20));
    const two = one.join();
    const blocks: number[] = [];
    for (let block = one.slabs.allocate(3000); block !== 0; block = one.slabs.allocate(3000)) blocks.push(block);
    expect(two.slabs.allocate(3000)).toBe(0);
    one.heap.check();
    two.slabs.free(blocks[0]);
    expect(one.slabs.allocate(3000)).toBe(blocks[0]);
    for (const block of blocks) two.slabs.free(block);
    // another class needs superblocks that others have emptied
    expect(one.slabs.allocate(32768)).not.toBe(0);
    expect(two.slabs.allocate(3000)).not.toBe(0);
    one.heap.check();
  });
});

describe("sizes", () => {
  const withSizes = (sizes: ReturnType<typeof linear>): ExclusiveSlabs => {
    const { handle, zeroFrom } = growable({ maximum: 2 ** 28 }).open();
    const root = Root.format(openMemory(handle), { preset: "sizes", options: "", maximumThreads: 2 }, zeroFrom);
    const slabs = new ExclusiveSlabs(root, new Pages(root), sizes);
    root.seal();
    return slabs;
  };

  it("may be large: superblocks have as many pages as it takes", () => {
    const slabs = withSizes(powersOfTwo(16, 2 ** 20));
    const blocks = Array.from({ length: 20 }, () => slabs.allocate(2 ** 20));
    expect(new Set(blocks).size).toBe(20);
    slabs.check();
    for (const block of blocks) slabs.free(block);
    slabs.check();
  });

  it("must be multiples of 16", () => {
    expect(() => withSizes(linear(8, 64))).toThrow("multiples of 16");
  });
});

it("works above 2 GiB", () => {
  const one = exclusiveHeap(growable({ initial: 65536, maximum: 2 ** 32 }));
  const two = one.join();
  expect(one.heap.malloc(2 ** 31 + 2 ** 20)).not.toBe(0);
  const blocks = Array.from({ length: 1000 }, (_, i) => one.slabs.allocate(i * 7));
  for (const block of blocks) expect(block).toBeGreaterThan(2 ** 31);
  for (const [i, block] of blocks.entries()) (i % 2 === 0 ? one : two).slabs.free(block);
  const again = Array.from({ length: 1000 }, (_, i) => one.slabs.allocate(i * 7));
  expect(again.every((block) => block > 2 ** 31)).toBe(true);
  one.heap.check();
  two.heap[Symbol.dispose]();
  one.heap.check();
});
