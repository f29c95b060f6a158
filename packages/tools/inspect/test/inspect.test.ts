import { type Heap, type RegionState } from "@heapwright/core";
import { michael } from "@heapwright/michael";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect, snapshot, type Amount, type HeapReport } from "../src/index.js";
import { cached, SUBJECTS } from "./presets.js";

/** Blocks and bytes in a state; free bytes only, since walk reports neighbours that are free as one. */
function walked(heap: Heap): { live: Amount; cached: Amount; freeBytes: number } {
  const bytes = (state: RegionState): Amount => {
    const sum = { blocks: 0, bytes: 0 };
    heap.walk((region) => {
      if (region.state !== state) return;
      sum.blocks++;
      sum.bytes += region.bytes;
    });
    return sum;
  };
  return { live: bytes("live"), cached: bytes("cached"), freeBytes: bytes("free").bytes };
}

function proveExact(heap: Heap): HeapReport {
  const { report, pages } = snapshot(heap);
  const { live, cached: kept, free, classes, caches } = report;
  expect({ live, cached: kept, freeBytes: free.bytes }).toEqual(walked(heap));
  // each total is the sum of its parts
  const total = (amounts: readonly Amount[]): Amount => ({ blocks: amounts.reduce((n, a) => n + a.blocks, 0), bytes: amounts.reduce((n, a) => n + a.bytes, 0) });
  expect(total(classes.map((one) => one.live))).toEqual(live);
  expect(total(classes.map((one) => one.cached))).toEqual(kept);
  expect(total(caches).blocks).toBe(kept.blocks);
  expect(pages.length).toBe(report.pages.blocks + report.pages.metadata + report.pages.free + report.pages.inHand);
  expect(pages.reduce((sum, { liveBlocks }) => sum + liveBlocks, 0)).toBe(live.blocks + kept.blocks);
  // what each page has of several is rounded
  expect(Math.abs(pages.reduce((sum, { freeBytes }) => sum + freeBytes, 0) - free.bytes)).toBeLessThanOrEqual(pages.length);
  expect(report.pages.inHand).toBe(0);
  expect(report.largestFreeBytes).toBeLessThanOrEqual(free.bytes);
  for (const part of [report.externalFragmentation, report.internalFragmentation, report.mostInternalFragmentation]) {
    expect(part).toBeGreaterThanOrEqual(0);
    expect(part).toBeLessThanOrEqual(1);
  }
  return report;
}

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("malloc" as const), size: fc.oneof(fc.nat(600), fc.nat(10_000), fc.nat(200_000)) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("free" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("realloc" as const), at: fc.nat(), size: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("aligned" as const), size: fc.nat(3000), log2: fc.integer({ min: 4, max: 13 }) }) },
);

describe.each(SUBJECTS)("a heap of $preset.name with $options", ({ preset, options }) => {
  const create = (): Heap => preset.create({ maximumBytes: 2 ** 23, ...options });

  it("is reported exactly as it is walked, by two threads that take turns", () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 120 }), (script) => {
        const first = create();
        const heaps = [first, preset.attach(first.handle)];
        const held: number[] = [];
        script.forEach((step, i) => {
          const heap = heaps[i % 2];
          const at = step.kind === "free" || step.kind === "realloc" ? step.at % Math.max(held.length, 1) : 0;
          if (step.kind === "malloc") held.push(heap.malloc(step.size));
          else if (step.kind === "aligned") held.push(heap.alignedAlloc(2 ** step.log2, step.size));
          else if (held.length === 0) return;
          else if (step.kind === "free") heap.free(held.splice(at, 1)[0]);
          else held[at] = heap.realloc(held[at], step.size) || held[at];
        });
        for (const heap of heaps) {
          const { largestAllocatable } = proveExact(heap);
          const address = heap.malloc(largestAllocatable);
          expect(address, `malloc(${largestAllocatable})`).not.toBe(0);
          heap.free(address);
        }
        for (const address of held) heaps[0].free(address);
        heaps[1][Symbol.dispose]();
        expect(proveExact(first).live.blocks).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("serves the largest block that is promised, to the last one, whoever else has what", () => {
    const first = create();
    const second = preset.attach(first.handle);
    const held: number[][] = [[], []];
    const most = Math.max(...[200_000, 60_000].map((size) => (first.malloc(size) === 0 ? 0 : size)), 30_000);
    // all that is left, in blocks of many sizes, by turns
    for (let i = 0, failures = 0; failures < 200; i++) {
      const size = (Math.imul(i + 1, 0x9e3779b1) >>> 8) % (i % 4 === 0 ? most : 900);
      const address = (i % 2 === 0 ? first : second).malloc(size);
      if (address === 0) failures++;
      else held[i % 2].push(address);
    }
    const serve = (heap: Heap): boolean => {
      const { largestAllocatable } = proveExact(heap);
      if (largestAllocatable === 0) return false;
      expect(heap.malloc(largestAllocatable), `malloc(${largestAllocatable})`).not.toBe(0);
      return true;
    };
    // each frees some of the other's
    for (const heap of [first, second]) {
      held[heap === first ? 1 : 0].forEach((address, i) => i % 5 === 0 && heap.free(address));
      for (let i = 0; i < 60 && serve(heap); i++);
    }
  });

  it("makes a report that can be cloned and written down", () => {
    const heap = create();
    for (let size = 1; size < 5000; size *= 2) heap.malloc(size);
    const seen = snapshot(heap);
    expect(structuredClone(seen)).toEqual(seen);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});

describe("a report", () => {
  it("tells live, free and kept blocks of a class apart", () => {
    const heap = cached.create();
    const blocks = Array.from({ length: 100 }, () => heap.malloc(64));
    for (const address of blocks.slice(0, 40)) heap.free(address);
    const { classes, caches, cached: kept } = proveExact(heap);
    const [one] = classes.filter(({ live }) => live.blocks > 0);
    expect(one).toMatchObject({ layer: "exclusive slabs", blockBytes: 64, live: { blocks: 60, bytes: 60 * 64 } });
    expect(one.cached.blocks).toBeGreaterThanOrEqual(20);
    expect(caches).toEqual([{ threadId: heap.threadId, layer: "exclusive slabs", blockBytes: 64, ...one.cached }]);
    expect(kept).toEqual(one.cached);
  });

  it("says what a dead thread kept, until it is reclaimed", () => {
    const heap = cached.create();
    const dead = cached.attach(heap.handle);
    dead.free(dead.malloc(100));
    expect(inspect(heap).caches.map(({ threadId }) => threadId)).toEqual([dead.threadId]);
    heap.reclaim(dead.threadId);
    expect(inspect(heap).caches).toEqual([]);
  });

  it("measures external fragmentation by the largest free piece", () => {
    const heap = michael.create({ initialBytes: 2 ** 22, maximumBytes: 2 ** 22 });
    const whole = inspect(heap);
    expect(whole.externalFragmentation).toBe(0);
    expect(whole.largestAllocatable).toBe(whole.largestFreeBytes);
    const blocks: number[] = [];
    for (let address = heap.malloc(65536); address !== 0; address = heap.malloc(65536)) blocks.push(address);
    expect(inspect(heap)).toMatchObject({ externalFragmentation: 0, largestAllocatable: 0, free: { blocks: 0, bytes: 0 } });
    blocks.forEach((address, i) => i % 2 === 0 && heap.free(address));
    const crumbs = inspect(heap);
    expect(crumbs.largestFreeBytes).toBe(65536);
    expect(crumbs.externalFragmentation).toBeCloseTo(1 - 1 / Math.ceil(blocks.length / 2));
    expect(heap.malloc(65537)).toBe(0);
  });

  it("bounds internal fragmentation by the sizes next below", () => {
    const heap = michael.create();
    // 40 bytes are served, and so are 25: 15 of 40 may be waste, and 48 are taken
    for (let i = 0; i < 100; i++) heap.malloc(40);
    expect(inspect(heap).mostInternalFragmentation).toBeCloseTo(15 / 48);
    expect(inspect(heap).internalFragmentation).toBeCloseTo(15 / 96);
  });

  it("counts pages by what is in them", () => {
    const heap = michael.create({ initialBytes: 2 ** 21, maximumBytes: 2 ** 24 });
    heap.malloc(10 * 65536);
    const { pages, bufferBytes } = inspect(heap);
    expect(pages.blocks).toBe(10);
    expect(pages.unbacked).toBe((2 ** 24 - bufferBytes) / 65536);
    expect(pages.blocks + pages.metadata + pages.free).toBe(bufferBytes / 65536);
  });

  it("is refused to a thread that has left", () => {
    const heap = michael.create();
    heap[Symbol.dispose]();
    expect(() => inspect(heap)).toThrow("this thread has left the heap");
  });
});
