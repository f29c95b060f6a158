import { AttachError, fixed, growable, PAGE_BYTES, wasm } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { slistPools, type SlistPoolsHeap, type SlistPoolsOptions } from "../src/index.js";

const depths = (heap: SlistPoolsHeap): number[] => [0, 1, 2, 3].map((bucket) => heap.depth(bucket));

/** Takes blocks until there are none. */
function drain(heap: SlistPoolsHeap, size: number): number[] {
  const blocks: number[] = [];
  for (let p = heap.malloc(size); p !== 0; p = heap.malloc(size)) blocks.push(p);
  return blocks;
}

describe("the original's pools", () => {
  it("serve 64 blocks of up to 64 bytes, distinct and within the buffer", () => {
    const heap = slistPools.create();
    expect(heap.progress).toBe("lock-free");
    const blocks = [64, 32, 16, 8].flatMap((size) => drain(heap, size).map((p) => ({ p, end: p + heap.usableSize(p) })));
    expect(blocks).toHaveLength(64);
    const sorted = [...blocks].sort((a, b) => a.p - b.p);
    for (const [i, { p, end }] of sorted.entries()) {
      expect(p % 16).toBe(0);
      expect(end).toBeLessThanOrEqual(sorted[i + 1]?.p ?? heap.memory.buffer.byteLength);
    }
    expect([0, 1, 8, 16, 32, 64, 65].map((size) => heap.malloc(size))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it("know their depth when somebody else has grown the memory, until their thread leaves", () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 8 });
    const heap = slistPools.create({ memory: wasm(memory, { maximum: 2 ** 18 }) });
    heap.malloc(64);
    memory.grow(1);
    expect(heap.depth(3)).toBe(15);
    heap[Symbol.dispose]();
    expect(() => heap.depth(3)).toThrow("this thread has left");
  });

  it.each([[256, 0], [256, 4096], [4096, 0], [4096, 32]])("are all there with a header for %i threads, which may keep %i of each", (maximumThreads, perThread) => {
    const heap = slistPools.create({ maximumThreads, perThread });
    // some from each group of threads whose lists would share a page
    const all = [heap, ...Array.from({ length: 20 }, () => slistPools.attach(heap.handle))];
    for (const size of [64, 32, 16, 8]) expect(all.flatMap((each) => drain(each, size))).toHaveLength(16);
    heap.check();
  });

  it("take three pages in all, with the header, and never grow", () => {
    const heap = slistPools.create();
    expect(heap.memory.buffer.byteLength).toBe(3 * PAGE_BYTES);
    drain(heap, 8);
    expect(heap.stats().mappedBytes).toBe(2 * PAGE_BYTES);
    expect(heap.memory.buffer.byteLength).toBe(3 * PAGE_BYTES);
  });

  it("are as they were when everything has been freed, whoever frees it in whatever order", () => {
    const heap = slistPools.create();
    const other = slistPools.attach(heap.handle);
    const first = [64, 32, 16, 8].flatMap((size) => drain(heap, size));
    first.forEach((_, i) => other.free(first[(i * 37) % 64]));
    expect(depths(heap)).toEqual([16, 16, 16, 16]);
    expect(new Set([64, 32, 16, 8].flatMap((size) => drain(other, size)))).toEqual(new Set(first));
  });

  it("refuse a bucket that is none", () => {
    const heap = slistPools.create();
    for (const bucket of [-1, 4, 0.5, Number.NaN, "0" as never]) expect(() => heap.depth(bucket)).toThrow(RangeError);
  });

  it("give nothing in a memory that is too short for them", () => {
    const heap = slistPools.create({ memory: fixed(PAGE_BYTES) });
    expect(heap.malloc(8)).toBe(0);
    heap.check();
  });
});

describe("options", () => {
  it("are refused by name", () => {
    const refused: [SlistPoolsOptions, RegExp][] = [
      [{ buckets: 0 }, /buckets must be an integer from 1 to 20/],
      [{ buckets: 21 }, /buckets/],
      [{ blocksPerBucket: 0 }, /blocksPerBucket must be an integer from 1 to 65536/],
      [{ buckets: 20, blocksPerBucket: 512 }, /^buckets, 20, and blocksPerBucket, 512, make a pool of 4295\d{6} bytes, more than 429\d{7}$/],
      [{ perThread: -1 }, /perThread must be an integer from 0 to 4096/],
      [{ perThread: 5000 }, /perThread/],
      [{ refill: 1 as never }, /refill/],
      [{ isolate: "yes" as never }, /isolate/],
    ];
    for (const [options, message] of refused) expect(() => slistPools.create(options)).toThrow(message);
  });

  it("may make a pool of nearly 4 GiB, which is all there whatever the header takes", () => {
    const heap = slistPools.create({ buckets: 20, blocksPerBucket: 511, maximumThreads: 4096, perThread: 4096 });
    expect([heap.depth(0), heap.depth(19)]).toEqual([511, 511]);
    expect(heap.malloc(2 ** 22)).not.toBe(0);
  });

  it("are part of what an attachment must agree with", () => {
    const { handle } = slistPools.create();
    expect(() => slistPools.attach({ ...handle, options: { ...handle.options, isolate: true } })).toThrow(AttachError);
    expect(slistPools.attach(structuredClone(handle)).depth(3)).toBe(16);
  });

  it("make as many buckets as asked for, each twice the one before", () => {
    const heap = slistPools.create({ buckets: 12, blocksPerBucket: 3 });
    for (let bucket = 0; bucket < 12; bucket++) {
      const p = heap.malloc(8 * 2 ** bucket);
      expect(heap.usableSize(p)).toBe(8 * 2 ** bucket);
      expect(heap.depth(bucket)).toBe(2);
    }
    expect(heap.malloc(8 * 2 ** 11 + 1)).toBe(0);
  });
});

describe("refilling pools", () => {
  it("grow when a bucket is used up, by what pages hold", () => {
    const heap = slistPools.create({ refill: true, initialBytes: 2 ** 17, maximumBytes: 2 ** 22 });
    expect(heap.depth(3)).toBe(0);
    const blocks = Array.from({ length: 5000 }, () => heap.malloc(64));
    expect(new Set(blocks).size).toBe(5000);
    expect(blocks).not.toContain(0);
    blocks.forEach((p) => heap.free(p));
    expect(heap.depth(3)).toBe(7 * 819);
    heap.check();
  });

  it("do what a bucket without memory cannot do with what larger ones have", () => {
    const heap = slistPools.create({ refill: true, maximumBytes: 2 ** 19 });
    const large = drain(heap, 64);
    large.slice(0, 5).forEach((p) => heap.free(p));
    expect(drain(heap, 8)).toEqual(large.slice(0, 5).reverse());
  });
});

describe("pools per thread", () => {
  const options = { refill: true, perThread: 8, maximumBytes: 2 ** 22 };

  it("keep no more than they may, and show as cached", () => {
    const heap = slistPools.create(options);
    const blocks = Array.from({ length: 100 }, () => heap.malloc(32));
    const before = heap.depth(2);
    blocks.forEach((p) => heap.free(p));
    expect(heap.depth(2)).toBeGreaterThanOrEqual(before + 92 - 8);
    let cached = 0;
    heap.walk(({ state, bytes }) => (cached += state === "cached" ? bytes / 48 : 0));
    expect(cached).toBeGreaterThan(0);
    expect(cached).toBeLessThanOrEqual(8);
    heap.check();
  });

  it("go back to the buckets when their thread leaves", () => {
    const heap = slistPools.create(options);
    const other = slistPools.attach(heap.handle);
    const all = 1365; // what one page holds
    other.free(other.malloc(32));
    expect(heap.depth(2)).toBeLessThan(all);
    other[Symbol.dispose]();
    expect(heap.depth(2)).toBe(all);
  });

  it("do not run full of what another thread makes: one makes, the other frees, and memory stays what it is", () => {
    const maker = slistPools.create(options);
    const breaker = slistPools.attach(maker.handle);
    for (let i = 0; i < 20_000; i++) breaker.free(maker.malloc(32));
    const { mappedBytes } = maker.stats();
    for (let i = 0; i < 200_000; i++) breaker.free(maker.malloc(32));
    expect(maker.stats().mappedBytes).toBe(mappedBytes);
    maker.check();
  });

  it("may stand before pools that never grow", () => {
    const heap = slistPools.create({ perThread: 4 });
    for (let round = 0; round < 3; round++) {
      const blocks = drain(heap, 64);
      expect(blocks).toHaveLength(16);
      blocks.forEach((p) => heap.free(p));
    }
    heap[Symbol.dispose]();
  });

  it("give up what a thread keeps before they say that nothing is left, aligned and of another size too", () => {
    const heap = slistPools.create({ perThread: 64 });
    const give = (blocks: readonly number[]): void => blocks.forEach((p) => heap.free(p));
    give(drain(heap, 64));
    const aligned = heap.alignedAlloc(32, 40);
    expect([aligned !== 0, aligned % 32]).toEqual([true, 0]);
    heap.free(aligned);
    give(drain(heap, 64));
    expect(drain(heap, 33)).toHaveLength(16);
    heap.check();
  });
});

describe("pools for which there is no memory", () => {
  it.each([() => growable({ maximum: 300_000 }), () => fixed(400_000)])("have no depth, and serve nothing", (memory) => {
    const heap = slistPools.create({ buckets: 14, memory: memory(), maximumThreads: 4 });
    expect(Array.from({ length: 14 }, (_, bucket) => heap.depth(bucket))).toEqual(Array.from({ length: 14 }, () => 0));
    expect(heap.malloc(1)).toBe(0);
    heap.check();
  });
});
