import { readFileSync } from "node:fs";
import { AttachError, fixed, PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { dlmalloc, type DlmallocHeap, type DlmallocOptions } from "../src/index.js";

const isDirect = (address: number): boolean => address % PAGE_BYTES === 0;

/** Bytes of the block that serves a request, overhead included. */
function chunkOf(heap: DlmallocHeap, request: number, overhead: number): number {
  return heap.usableSize(heap.malloc(request)) + overhead;
}

/** Rows of the README's table: requests from, to, and the block each gets here, with footers, and in 2.8.6 on 64 bits. */
function tableOfSizes(): number[][] {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| (\d+)(?: to (\d+))? \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  return rows.map(([, from, to = from, ...blocks]) => [from, to, ...blocks].map(Number));
}

describe("sizes of blocks", () => {
  const lea = (request: number, overhead: number, smallest: number): number => Math.max(smallest, (request + overhead + 15) & -16);

  it("are Lea's: the rule that gives 2.8.6's, with the overhead of 32-bit words", () => {
    // as measured of 2.8.6 on a 64-bit machine
    for (const [from, to, chunk] of [[0, 24, 32], [25, 40, 48], [232, 232, 240], [233, 233, 256], [1000, 1000, 1008]]) {
      expect([lea(from, 8, 32), lea(to, 8, 32)]).toEqual([chunk, chunk]);
    }
    const heap = dlmalloc.create();
    for (let request = 0; request < 5000; request += request < 300 ? 1 : 61) expect(chunkOf(heap, request, 4)).toBe(lea(request, 4, 16));
  });

  it.each(tableOfSizes())("are those of the README: requests from %i to %i take %i, with footers %i, in 2.8.6 %i", (from, to, here, withFooters, published) => {
    const heap = dlmalloc.create();
    const footers = dlmalloc.create({ footers: true });
    for (let request = from; request <= to; request++) {
      expect([chunkOf(heap, request, 4), chunkOf(footers, request, 8), lea(request, 8, 32)]).toEqual([here, withFooters, published]);
    }
  });

  it("are many in the README", () => {
    expect(tableOfSizes().length).toBeGreaterThanOrEqual(9);
  });
});

describe("options", () => {
  it.each<[DlmallocOptions, RegExp]>([
    [{ mspaces: 0 }, /mspaces must be an integer from 1 to 1024/],
    [{ mspaces: 2.5 }, /mspaces/],
    [{ footers: 1 as never }, /footers must be true or false/],
    [{ granularity: 65537 }, /granularity must be a multiple of 65536/],
    [{ granularity: 4096 }, /granularity/],
    [{ mmapThreshold: 65544 }, /mmapThreshold must be a multiple of 16/],
    [{ mmapThreshold: 4096 }, /mmapThreshold/],
    [{ trimThreshold: -1 }, /trimThreshold/],
    [{ trimThreshold: 4n as never }, /trimThreshold/],
    [{ releaseCheckRate: 2 ** 31 }, /releaseCheckRate/],
    [{ footprintLimit: 2 ** 33 }, /footprintLimit/],
  ])("%o are refused by name", (options, message) => {
    expect(() => dlmalloc.create(options)).toThrow(message);
  });

  it("are part of what a handle has to agree on", () => {
    const { handle } = dlmalloc.create({ mspaces: 2 });
    expect(() => dlmalloc.attach({ ...handle, options: { ...handle.options, mspaces: 3 } })).toThrow(AttachError);
    expect(dlmalloc.attach(structuredClone(handle)).mspaces).toBe(2);
  });
});

describe("the mmap threshold", () => {
  it("is compared with the block, overhead included", () => {
    const heap = dlmalloc.create();
    expect([262_124, 262_125].map((size) => isDirect(heap.malloc(size)))).toEqual([false, true]);
    const footers = dlmalloc.create({ footers: true });
    expect([262_120, 262_121].map((size) => isDirect(footers.malloc(size)))).toEqual([false, true]);
    expect(isDirect(dlmalloc.create({ mmapThreshold: 65536 }).malloc(65536))).toBe(true);
  });

  it("is not for what the segments have room for", () => {
    const heap = dlmalloc.create();
    const parts = Array.from({ length: 8 }, () => heap.malloc(100_000));
    heap.malloc(1);
    for (const part of parts) heap.free(part);
    expect(heap.malloc(500_000)).toBe(parts[0]);
    expect(isDirect(heap.malloc(500_000))).toBe(true);
    heap.check();
  });

  it("gives way when a span is not to be had, but what the segments hold suffices with a few pages more", () => {
    const heap = dlmalloc.create({ memory: fixed(2 ** 20) });
    const blocks: number[] = [];
    for (let p = heap.malloc(60_000); p !== 0; p = heap.malloc(60_000)) blocks.push(p);
    const half = blocks.length >> 1;
    for (const p of blocks.slice(half)) heap.free(p);
    expect(heap.malloc(60_000 * (blocks.length - half - 1))).not.toBe(0);
    heap.check();
  });

  it("lets direct spans grow and shrink in place, and moves them into a segment when little is left", () => {
    const heap = dlmalloc.create();
    const p = heap.malloc(300_000);
    heap.memory.u8.fill(7, p, p + 300_000);
    expect(heap.realloc(p, 1_000_000)).toBe(p);
    expect(heap.realloc(p, 100_000)).toBe(p);
    expect(heap.usableSize(p)).toBe(2 * PAGE_BYTES);
    const small = heap.realloc(p, 1000);
    expect(isDirect(small)).toBe(false);
    expect(heap.memory.u8.subarray(small, small + 1000).every((byte) => byte === 7)).toBe(true);
    heap.check();
  });
});

describe("granularity", () => {
  it("is what segments grow by, as long as there is so much", () => {
    const heap = dlmalloc.create({ granularity: 2 ** 20, footprintLimit: 2.5 * 2 ** 20 });
    const mspace = heap.mspace(0);
    const footprints: number[] = [];
    while (mspace.malloc(100_000) !== 0) footprints.push(mspace.footprint() / 2 ** 20);
    expect([...new Set(footprints)].slice(0, 3)).toEqual([1, 2, 2.0625]);
    expect(footprints[footprints.length - 1]).toBe(2.5);
    heap.check();
  });
});

describe("realloc in a segment", () => {
  it("grows into the next free block, the designated victim and the top, and gives back what it does not need", () => {
    const heap = dlmalloc.create();
    const [p, next] = [heap.malloc(1000), heap.malloc(1000)];
    const fence = heap.malloc(300);
    heap.free(next);
    expect(heap.realloc(p, 1500)).toBe(p);
    // what is left is the victim as soon as a small request was cut from it
    const small = heap.malloc(100);
    expect(small).toBe(p + 1504);
    heap.free(small);
    expect(heap.realloc(p, 2000)).toBe(p);
    expect(heap.realloc(p, 1900)).toBe(p);
    expect(heap.usableSize(p)).toBe(1900);
    expect(heap.realloc(p, 500)).toBe(p);
    expect(heap.malloc(1400)).toBe(p + 512);
    expect(heap.realloc(fence, 40_000)).toBe(fence);
    expect(heap.realloc(fence, 100)).toBe(fence);
    heap.check();
  });
});

describe("alignedAlloc", () => {
  it("frees what lies before and behind", () => {
    const heap = dlmalloc.create();
    heap.malloc(100);
    const p = heap.alignedAlloc(4096, 1000);
    expect(p % 4096).toBe(0);
    expect(heap.usableSize(p)).toBe(1004);
    expect(heap.malloc(2000)).toBeLessThan(p);
    expect(heap.malloc(5000)).toBe(p + 1008);
    heap.check();
  });
});

describe("trim", () => {
  it("happens by itself above 2 MiB, and on request at any time", () => {
    const heap = dlmalloc.create();
    const empty = heap.stats().mappedBytes;
    const blocks = Array.from({ length: 30 }, () => heap.malloc(100_000));
    expect(heap.stats().mappedBytes).toBeGreaterThan(empty + 3_000_000);
    blocks.slice(10).forEach((p) => heap.free(p));
    expect(heap.stats().mappedBytes).toBeGreaterThan(empty + 2_900_000);
    heap.free(blocks[9]);
    expect(heap.stats().mappedBytes).toBeLessThan(empty + 1_000_000);
    blocks.slice(0, 9).forEach((p) => heap.free(p));
    heap.trim();
    expect(heap.stats().mappedBytes).toBe(empty);
    heap.check();
  });
});
