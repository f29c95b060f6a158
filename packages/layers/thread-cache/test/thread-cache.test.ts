import { describe, expect, it } from "vitest";
import { fixed, growable } from "@heapwright/core";
import { cachedHeap, keptIn, liveIn, type Below } from "./cached-heap.js";

const refused = "is not the address of a block";
const BELOW: readonly Below[] = ["exclusive", "owned"];

describe.each(BELOW)("over %s slabs, a thread", (below) => {
  it("gets the block back that it freed last, without asking the layer below", () => {
    const { heap, cache, slabs } = cachedHeap({}, below);
    const [a, b] = [cache.allocate(100), cache.allocate(100)];
    cache.free(a);
    cache.free(b);
    expect(slabs.classAt(a)).toBeGreaterThanOrEqual(0);
    expect([cache.allocate(100), cache.allocate(100)]).toEqual([b, a]);
    heap.check();
  });

  it("fetches blocks by the batch, which are cached in the walk and not live", () => {
    const thread = cachedHeap({ blocksPerClass: 20 }, below);
    const block = thread.cache.allocate(100);
    expect(keptIn(thread).blocks).toBe(9);
    expect(liveIn(thread)).toEqual([block]);
    thread.heap.check();
  });

  it("keeps no more than it was told to", () => {
    const thread = cachedHeap({ blocksPerClass: 20, bytesPerClass: 8000 }, below);
    const blocks: number[] = [];
    for (const bytes of [16, 100, 500, 3000, 8000, 9000]) {
      for (let i = 0; i < 100; i++) blocks.push(thread.cache.allocate(bytes));
    }
    expect(new Set(blocks).size).toBe(600);
    for (const block of blocks) thread.cache.free(block);
    expect(liveIn(thread)).toEqual([]);
    thread.heap.check();
    const kept = keptIn(thread);
    expect(kept.bytes).toBeLessThanOrEqual(thread.cache.maximumBytesPerThread);
    // twenty of the first two, fifteen of 528 bytes or so, two of 3000, none of the last two
    expect(kept.blocks).toBeGreaterThan(20);
    expect(kept.blocks).toBeLessThanOrEqual(57);
  });

  it("gives back what it keeps when it is told to", () => {
    const thread = cachedHeap({}, below);
    thread.cache.trim();
    for (let bytes = 0; bytes < 5000; bytes += 100) thread.cache.free(thread.cache.allocate(bytes));
    expect(keptIn(thread).blocks).toBeGreaterThan(0);
    thread.cache.trim();
    expect(keptIn(thread).blocks).toBe(0);
    thread.heap.check();
  });

  it("is served what is promised, though there be no page left for what it keeps", () => {
    const { heap, cache } = cachedHeap({}, below, fixed(2 * 65536));
    const promised = cache.inspect({ extent: () => undefined, cached: () => undefined });
    expect(promised).toBeGreaterThan(1000);
    const block = cache.allocate(promised);
    expect(block).not.toBe(0);
    cache.free(block);
    expect(liveIn({ heap })).toEqual([]);
    heap.check();
  });

  it("can be told to keep nothing", () => {
    const thread = cachedHeap({ blocksPerClass: 0 }, below);
    const blocks = Array.from({ length: 50 }, () => thread.cache.allocate(100));
    for (const block of blocks) thread.cache.free(block);
    expect(keptIn(thread).blocks).toBe(0);
    thread.heap.check();
  });

  it("is refused what is no block, or free already, wherever it is kept", () => {
    const one = cachedHeap({ blocksPerClass: 8 }, below);
    const two = one.join();
    const [a, b, c] = [one.cache.allocate(100), one.cache.allocate(100), one.cache.allocate(100)];
    one.cache.free(a);
    two.cache.free(b);
    for (const { cache, heap } of [one, two]) {
      for (const wrong of [a, b, c + 16, c + 8, 16, 2 ** 32 - 16]) {
        expect(() => cache.free(wrong)).toThrow(refused);
        expect(() => cache.usableSize(wrong)).toThrow(refused);
        expect(() => cache.resize(wrong, 10)).toThrow(refused);
      }
      heap.check();
    }
    for (let i = 0; i < 30; i++) one.cache.free(one.cache.allocate(100 + i * 8));
    one.cache.free(c);
    one.heap.check();
  });

  it("may write what looks like a mark, and still free the block", () => {
    const { heap, cache, memory } = cachedHeap({}, below);
    const block = cache.allocate(100);
    memory.i32[(block >>> 2) + 1] = block ^ 0x5ca1ab1e;
    cache.free(block);
    heap.check();
    expect(cache.allocate(100)).toBe(block);
  });

  it("gets and frees aligned blocks", () => {
    const { heap, cache } = cachedHeap({}, below);
    const blocks = [16, 32, 128, 1024, 4096].map((alignment) => cache.allocateAligned(alignment, 200));
    blocks.forEach((block, i) => expect(block % [16, 32, 128, 1024, 4096][i]).toBe(0));
    heap.check();
    for (const block of blocks) cache.free(block);
    for (const block of blocks) expect(() => cache.free(block)).toThrow(refused);
    heap.check();
  });

  it("leaves nothing behind", () => {
    const one = cachedHeap({}, below);
    const two = one.join();
    for (let bytes = 0; bytes < 8000; bytes += 100) two.cache.free(two.cache.allocate(bytes));
    expect(keptIn(one).blocks).toBeGreaterThan(0);
    two.heap[Symbol.dispose]();
    expect(keptIn(one).blocks).toBe(0);
    one.heap.check();
    const three = one.join();
    three.cache.free(three.cache.allocate(100));
    one.heap.check();
  });

  it("that frees what another allocates keeps a bounded part of it", () => {
    const producer = cachedHeap({ blocksPerClass: 32 }, below);
    const consumer = producer.join();
    const inFlight: number[] = [];
    for (let i = 0; i < 20_000; i++) {
      inFlight.push(producer.cache.allocate(300));
      if (inFlight.length > 100) consumer.cache.free(inFlight.shift()!);
    }
    expect(keptIn(producer).blocks).toBeLessThanOrEqual(64);
    expect(producer.heap.stats().mappedBytes).toBeLessThan(2 ** 20);
    producer.heap.check();
  });

  it("that finds no memory gives back what it keeps, and tries again", () => {
    const one = cachedHeap({}, below, fixed(2 ** 20));
    const blocks: number[] = [];
    for (let block = one.cache.allocate(3000); block !== 0; block = one.cache.allocate(3000)) blocks.push(block);
    one.heap.check();
    for (const block of blocks) one.cache.free(block);
    const again: number[] = [];
    for (let block = one.cache.allocate(300); block !== 0; block = one.cache.allocate(300)) again.push(block);
    expect(again.length).toBeGreaterThan(blocks.length * 8);
    for (const block of again) one.cache.free(block);
    expect(one.cache.allocate(3000)).not.toBe(0);
    one.heap.check();
  });

  it("does without a cache when there is no memory for a row", () => {
    const one = cachedHeap({}, below, fixed(2 ** 18));
    while (one.slabs.allocate(1000) !== 0);
    const spare = one.slabs.allocate(16);
    expect(one.cache.allocate(1000)).toBe(0);
    if (spare !== 0) one.cache.free(spare);
    const [first] = liveIn(one);
    one.cache.free(first);
    one.heap.check();
  });

  it("works above 2 GiB", () => {
    const one = cachedHeap({}, below, growable({ initial: 65536, maximum: 2 ** 32 }));
    const two = one.join();
    expect(one.heap.malloc(2 ** 31 + 2 ** 20)).not.toBe(0);
    const blocks = Array.from({ length: 1000 }, (_, i) => one.cache.allocate(i * 5));
    for (const block of blocks) expect(block).toBeGreaterThan(2 ** 31);
    for (const [i, block] of blocks.entries()) (i % 2 === 0 ? one : two).cache.free(block);
    for (const block of blocks) expect(() => two.cache.free(block)).toThrow(refused);
    one.heap.check();
  });
});

describe("rows", () => {
  it("are made for as many slots as a page holds, when the first is needed", () => {
    const one = cachedHeap();
    const before = one.cache.metadataBytes();
    const two = one.join();
    one.cache.free(one.cache.allocate(10));
    two.cache.free(two.cache.allocate(10));
    one.heap.check();
    expect(one.cache.metadataBytes() - before).toBeLessThan(65536 + 4 * 2000);
  });

  it.each([{ blocksPerClass: -1 }, { blocksPerClass: 1.5 }, { bytesPerClass: -1 }, { bytesPerClass: 2 ** 30 }])("%j is refused", (options) => {
    expect(() => cachedHeap(options)).toThrow(RangeError);
  });
});
