import { fixed, InvalidAddressError, PAGE_BYTES, type Region } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largestOwnedBlock } from "../src/owned/index.js";
import { MIB, ownedHeap, superblocksIn, usedIn, type OwnedThread } from "./owned-fixture.js";

function many(thread: OwnedThread, count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => thread.heap.malloc(bytes));
}

function regions({ heap }: OwnedThread, state: Region["state"]): Region[] {
  const found: Region[] = [];
  heap.walk((region) => region.state === state && region.layer === "owned slabs" && found.push(region));
  return found;
}

describe("owned slabs", () => {
  it("serve every size of their classes from blocks that are at most a fifth, or 16 bytes, too large", () => {
    const one = ownedHeap();
    for (let bytes = 0; bytes <= largestOwnedBlock(8192); bytes++) {
      const p = one.heap.malloc(bytes);
      const usable = one.heap.usableSize(p);
      expect(p % 16).toBe(0);
      expect(usable).toBeGreaterThanOrEqual(bytes);
      expect(usable).toBeLessThanOrEqual(Math.max(16, Math.ceil((bytes * 1.2) / 16) * 16));
      one.heap.free(p);
    }
    one.heap.check();
    expect(one.heap.malloc(largestOwnedBlock(8192) + 1)).toBe(0);
  });

  it("cut two blocks of the largest class out of a superblock", () => {
    expect([4096, 8192, 65536].map(largestOwnedBlock)).toEqual([2016, 4064, 32736]);
    const one = ownedHeap();
    const [p, q] = many(one, 2, 4064);
    expect(q - p).toBe(4064);
  });

  it("take the block freed last first, and untouched ones only when none is free", () => {
    const one = ownedHeap();
    const [a, b, c] = many(one, 3, 100);
    one.heap.free(a);
    one.heap.free(c);
    expect([one.heap.malloc(100), one.heap.malloc(100)]).toEqual([c, a]);
    expect(one.heap.malloc(100)).toBe(c + (b - a));
  });

  it("always take from the fullest superblock that has room", () => {
    const one = ownedHeap({ slackSuperblocks: 100 });
    const each = one.slabs.superblocks.geometry.capacity[0];
    const blocks = many(one, 4 * each, 16);
    const superblock = (p: number): number => Math.floor((p - blocks[0]) / 8192);
    const keep = (index: number, fraction: number): void => {
      blocks.slice((index + fraction) * each, (index + 1) * each).forEach((p) => one.heap.free(p));
    };
    keep(0, 1 / 8);
    keep(1, 7 / 8);
    keep(2, 3 / 8);
    keep(3, 5 / 8);
    const order = many(one, Math.ceil((7 + 1 + 5 + 3) / 8 * each), 16).map(superblock);
    expect(order.filter((index, i) => index !== order[i - 1])).toEqual([1, 3, 2, 0]);
    one.heap.check();
  });

  it("put a block back into its superblock, whoever frees it", () => {
    const one = ownedHeap();
    const other = one.join();
    const p = one.heap.malloc(64);
    other.heap.free(p);
    expect(usedIn(one, one.slabs.pool.home.index, one.slabs.superblocks.classOf(one.slabs.superblocks.around(p)))).toBe(0);
    expect(other.heap.malloc(64)).not.toBe(p);
    expect(one.heap.malloc(64)).toBe(p);
  });

  it("give threads heaps of their own, in turn", () => {
    const threads = [ownedHeap({ processors: 2 })];
    for (let i = 0; i < 5; i++) threads.push(threads[0].join());
    expect(threads.map(({ slabs }) => slabs.pool.home.index)).toEqual([1, 2, 3, 4, 1, 2]);
    const pages = threads.map(({ heap }) => Math.floor(heap.malloc(16) / 8192));
    expect(new Set(pages).size).toBe(4);
  });

  it("recycle superblocks that others emptied for any class", () => {
    const one = ownedHeap();
    const blocks = many(one, 1000, 1000);
    const peak = one.heap.stats().mappedBytes;
    blocks.forEach((p) => one.heap.free(p));
    for (const bytes of [16, 48, 200, 700, 4000]) {
      const others = many(one, Math.floor(900_000 / bytes), bytes);
      expect(others).not.toContain(0);
      one.heap.check();
      others.forEach((p) => one.heap.free(p));
      one.heap.check();
    }
    expect(one.heap.stats().peakMappedBytes).toBeLessThanOrEqual(peak * 1.4);
  });

  it("return pages whose superblocks are all blank", () => {
    const one = ownedHeap();
    const empty = one.heap.stats().mappedBytes;
    const blocks = many(one, 10_000, 500);
    expect(one.heap.stats().mappedBytes).toBeGreaterThan(empty + 5_000_000);
    blocks.forEach((p) => one.heap.free(p));
    // what is left is K superblocks, in the pages they happen to lie in
    expect(superblocksIn(one, 1, one.slabs.superblocks.classOf(one.slabs.superblocks.around(blocks[0])))).toBeLessThanOrEqual(4);
    expect(one.heap.stats().mappedBytes).toBeLessThanOrEqual(empty + 4 * PAGE_BYTES);
  });

  it("give 0 when memory has run out, and serve again after a free", () => {
    const one = ownedHeap({}, fixed(MIB));
    const other = one.join();
    const blocks: number[] = [];
    for (let p = one.heap.malloc(200); p !== 0; p = one.heap.malloc(200)) blocks.push(p);
    expect(blocks.length).toBeGreaterThan(3000);
    expect(other.heap.malloc(200)).toBe(0);
    one.heap.free(blocks.pop()!);
    const last = other.heap.malloc(200);
    expect(last).not.toBe(0);
    other.heap.free(last);
    blocks.forEach((p) => one.heap.free(p));
    one.heap.check();
    const again: number[] = [];
    for (let p = other.heap.malloc(3000); p !== 0; p = other.heap.malloc(3000)) again.push(p);
    // even the superblocks that the other heap may keep have been collected
    expect(again.length * 3000).toBeGreaterThan(600_000);
    expect(regions(one, "free").filter(({ bytes }) => bytes > 4064)).toEqual([]);
    other.heap.check();
  });

  it("refuse addresses inside blocks, in headers, in tails, and of blocks that are free", () => {
    const one = ownedHeap();
    const [p, q] = many(one, 2, 3000);
    const s = p - (p % 8192);
    one.heap.free(q);
    for (const wrong of [p + 1, p + 16, p + 3000, s, s + 16, s + 8191, s + 8192 + 64, q, q + 8]) {
      expect(() => one.heap.free(wrong)).toThrow(InvalidAddressError);
      expect(() => one.heap.usableSize(wrong)).toThrow(InvalidAddressError);
      expect(() => one.heap.realloc(wrong, 1)).toThrow(InvalidAddressError);
      expect(one.slabs.classAt(wrong)).toBe(-1);
    }
    one.heap.check();
    one.heap.free(p);
    expect(() => one.heap.free(p)).toThrow("the block there is free");
  });

  it("know the one address that the owner of an aligned block was given", () => {
    const one = ownedHeap();
    for (let alignment = 16; alignment <= 2048; alignment *= 2) {
      const blocks = [0, 0, 1, 100, 1000].map((bytes) => one.heap.alignedAlloc(alignment, bytes));
      for (const p of blocks) {
        expect(p % alignment).toBe(0);
        for (let at = p - alignment; at < p + 64; at += 16) {
          if (!blocks.includes(at)) expect(() => one.heap.free(at)).toThrow(InvalidAddressError);
        }
      }
      expect(regions(one, "live").map(({ block }) => block).sort()).toEqual([...blocks].sort());
      blocks.forEach((p, i) => {
        expect(one.heap.usableSize(p)).toBeGreaterThanOrEqual([0, 0, 1, 100, 1000][i]);
        one.heap.free(p);
        expect(() => one.heap.free(p)).toThrow(InvalidAddressError);
      });
      one.heap.check();
    }
  });

  it("resize in place within a class only", () => {
    const one = ownedHeap();
    const p = one.heap.malloc(1000);
    expect(one.slabs.resize(p, one.heap.usableSize(p))).toBe(true);
    expect(one.slabs.resize(p, one.heap.usableSize(p) + 1)).toBe(false);
    expect(one.slabs.resize(p, 100)).toBe(false);
    const q = one.heap.alignedAlloc(256, 1000);
    expect(one.slabs.resize(q, one.heap.usableSize(q))).toBe(true);
    expect(one.slabs.resize(q, one.heap.usableSize(q) + 1)).toBe(false);
  });

  it("survive a program that writes into blocks it has freed", () => {
    const one = ownedHeap();
    const blocks = many(one, 50, 32);
    for (const garbage of [0x7fffffff, -1, 1, 50, 51, 1_000_000]) {
      const freed = blocks.splice(10, 20);
      freed.forEach((p) => one.heap.free(p));
      freed.forEach((p) => (one.memory.i32[p >>> 2] = garbage));
      blocks.push(...many(one, 20, 32));
      expect(new Set(blocks).size).toBe(50);
      one.heap.check();
    }
  });

  it("say in check() when a freed block has been written to", () => {
    const one = ownedHeap();
    const [p, , q] = many(one, 3, 32);
    one.heap.free(p);
    one.heap.free(q);
    one.memory.i32[q >>> 2] = 77;
    expect(() => one.heap.check()).toThrow(/the free list leads to block 76 of 3/);
  });

  it("say in check() when the stack of blocks to put back has been written to", () => {
    const one = ownedHeap();
    const [p] = many(one, 3, 32);
    const { delayed } = one.slabs.pool.home;
    delayed.push(p);
    expect(() => one.heap.check()).toThrow(/is to put back a block there, but none is freed/);
    delayed.pop(() => false);
    one.heap.check();
  });

  it("take and give batches, of several heaps at once", () => {
    const one = ownedHeap();
    const other = one.join();
    const list = one.heap.malloc(4000);
    const blocks = one.slabs.blocksOf(5);
    expect(blocks.take(list, 300)).toBe(300);
    const addresses = [...one.memory.i32.subarray(list >>> 2, (list >>> 2) + 300)];
    expect(new Set(addresses).size).toBe(300);
    expect(addresses.every((p) => one.slabs.classAt(p) === 5)).toBe(true);
    const foreign = Array.from({ length: 100 }, () => other.heap.malloc(blocks.blockBytes));
    foreign.forEach((p, i) => (one.memory.i32[(list >>> 2) + 3 * i + 1] = p));
    blocks.give(list, 300);
    expect(regions(one, "live").length).toBe(1 + 100);
    one.heap.check();
  });

  it("give back all of a batch but what is no block", () => {
    const one = ownedHeap();
    const list = one.heap.malloc(100);
    const blocks = one.slabs.blocksOf(2);
    blocks.take(list, 3);
    const [p, q] = one.memory.i32.subarray(list >>> 2, (list >>> 2) + 2);
    one.memory.i32[(list >>> 2) + 1] = p;
    expect(() => blocks.give(list, 3)).toThrow(InvalidAddressError);
    expect(regions(one, "live").map(({ block }) => block).sort()).toEqual([list, q].sort());
  });

  it("stay consistent whatever is called in whatever order", () => {
    const step = fc.oneof(
      fc.record({ thread: fc.nat(2), act: fc.constant("malloc" as const), value: fc.oneof(fc.nat(4064), fc.nat(200), fc.nat(16)) }),
      fc.record({ thread: fc.nat(2), act: fc.constant("aligned" as const), value: fc.nat(2000) }),
      fc.record({ thread: fc.nat(2), act: fc.constant("free" as const), value: fc.nat() }),
      fc.record({ thread: fc.nat(2), act: fc.constant("free many" as const), value: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(4096, 8192, 65536), fc.constantFrom(1, 4), (script, superblockBytes, slackSuperblocks) => {
        const threads = [ownedHeap({ superblockBytes, slackSuperblocks })];
        threads.push(threads[0].join(), threads[0].join());
        const live: number[] = [];
        for (const { thread, act, value } of script) {
          const { heap } = threads[thread];
          if (act === "malloc") for (let i = 0; i < 20; i++) live.push(heap.malloc(Math.min(value, superblockBytes / 4)));
          if (act === "aligned") live.push(heap.alignedAlloc(2 ** (value % 10), Math.min(value, 1000)));
          if (act === "free" && live.length > 0) heap.free(live.splice(value % live.length, 1)[0]);
          if (act === "free many") live.splice(value % (live.length + 1), 40).forEach((p) => heap.free(p));
          heap.check();
          expect(regions(threads[0], "live").length).toBe(live.length);
        }
        expect(new Set(live).size).toBe(live.length);
        live.forEach((p, i) => threads[i % 3].heap.free(p));
        threads[1].heap.check();
      }),
      { numRuns: 60 },
    );
  });
});
