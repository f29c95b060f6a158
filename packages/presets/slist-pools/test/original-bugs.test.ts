// The printed code of the original cannot work. What is wrong in it, one by one, as tests of what this one does instead.
import { InvalidAddressError, type Region } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { slistPools, type SlistPoolsHeap } from "../src/index.js";

const LINE = 128;
const depths = (heap: SlistPoolsHeap): number[] => [0, 1, 2, 3].map((bucket) => heap.depth(bucket));

/** Regions of blocks that are out, by address. */
function live(heap: SlistPoolsHeap): Region[] {
  const regions: Region[] = [];
  heap.walk((region) => region.state === "live" && regions.push(region));
  return regions.sort((a, b) => a.address - b.address);
}

/** Numbers of the cache lines of the header that `action` writes to. */
function linesWritten(heap: SlistPoolsHeap, action: () => void): Set<number> {
  const { i32 } = heap.memory;
  const before = i32.slice(0, 65536 >>> 2);
  action();
  const changed = [...before.keys()].filter((w) => before[w] !== i32[w]);
  return new Set(changed.map((w) => Math.floor((w * 4) / LINE)));
}

describe("slist-pools has none of the original's bugs:", () => {
  test("1: malloc returns the block, and takes it from one bucket, not one from every larger bucket as well", () => {
    const heap = slistPools.create();
    expect(heap.malloc(8)).toBeGreaterThan(0);
    expect(depths(heap)).toEqual([15, 16, 16, 16]);
  });

  test("2: an empty list is lack of memory, and not taken for a block at 0", () => {
    const heap = slistPools.create();
    const blocks = Array.from({ length: 16 }, () => heap.malloc(64));
    expect(blocks).not.toContain(0);
    const first = heap.memory.u8.slice(0, 1024);
    expect([heap.malloc(64), heap.calloc(8, 8), heap.realloc(0, 64), heap.alignedAlloc(64, 1)]).toEqual([0, 0, 0, 0]);
    expect(heap.memory.u8.slice(0, 1024)).toEqual(first);
    heap.free(blocks[3]);
    expect(heap.malloc(64)).toBe(blocks[3]);
  });

  test("3: a block is as large as its bucket, not 128 bytes whatever its bucket", () => {
    const heap = slistPools.create();
    for (const [bucket, size] of [8, 16, 32, 64].entries()) {
      const [p, q] = [heap.malloc(size), heap.malloc(size)];
      expect(heap.usableSize(p)).toBe(size);
      expect(q - p).toBe([16, 32, 48, 80][bucket]);
    }
  });

  test("4: free follows the bucket that the header names, and does not take the block for the list", () => {
    const heap = slistPools.create();
    const blocks = [8, 16, 32, 64].map((size) => heap.malloc(size));
    for (const p of blocks) heap.memory.u8.fill(0xa5, p, p + heap.usableSize(p));
    for (const [bucket, p] of blocks.entries()) {
      expect(heap.depth(bucket)).toBe(15);
      heap.free(p);
      expect(heap.depth(bucket)).toBe(16);
    }
    // a block that a smaller request was given goes back to where it came from, too
    const small = Array.from({ length: 17 }, () => heap.malloc(8));
    expect(depths(heap)).toEqual([0, 15, 16, 16]);
    heap.free(small[16]);
    expect(depths(heap)).toEqual([0, 16, 16, 16]);
    heap.check();
  });

  test("5: free(0) does nothing, and a link is not followed as a bucket when a block is freed twice", () => {
    const heap = slistPools.create();
    const [p, q] = [heap.malloc(8), heap.malloc(8)];
    heap.free(0);
    heap.free(p);
    heap.free(q);
    // the headers of both hold links now: that of q leads to p, that of p to nothing
    for (const freed of [p, q]) expect(() => heap.free(freed)).toThrow(InvalidAddressError);
    expect(depths(heap)).toEqual([16, 16, 16, 16]);
    heap.check();
  });

  test("6: no two buckets share a cache line of the header", () => {
    const heap = slistPools.create();
    [8, 16, 32, 64].forEach((size) => heap.free(heap.malloc(size)));
    const lines = [8, 16, 32, 64].map((size) => linesWritten(heap, () => {
      const [p, q] = [heap.malloc(size), heap.malloc(size)];
      heap.free(p);
      heap.free(q);
      heap.malloc(size);
    }));
    for (const one of lines) expect(one.size).toBeGreaterThan(0);
    const all = lines.flatMap((one) => [...one]);
    expect(new Set(all).size).toBe(all.length);
  });

  test("7: blocks of different threads share no cache line, when blocks are isolated", () => {
    const heap = slistPools.create({ isolate: true });
    const other = slistPools.attach(heap.handle);
    for (let i = 0; i < 64; i++) expect((i % 2 === 0 ? heap : other).malloc(8)).toBeGreaterThan(0);
    const lines = live(heap).flatMap(({ block }) => {
      const [from, to] = [Math.floor((block - 4) / LINE), Math.floor((block + heap.usableSize(block) - 1) / LINE)];
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
    expect(lines.length).toBeGreaterThanOrEqual(64);
    expect(new Set(lines).size).toBe(lines.length);
  });
});
