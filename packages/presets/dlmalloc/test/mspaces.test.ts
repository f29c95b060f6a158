import { fixed, growable, PAGE_BYTES, wasm } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { dlmalloc, type DlmallocHeap } from "../src/index.js";

function threads(count: number, heap: DlmallocHeap): DlmallocHeap[] {
  return [heap, ...Array.from({ length: count - 1 }, () => dlmalloc.attach(heap.handle))];
}

describe("mspaces", () => {
  it("have a thread each, in turn, and any thread frees blocks of all", () => {
    const all = threads(5, dlmalloc.create({ mspaces: 3 }));
    const blocks = all.map((heap) => heap.malloc(1000));
    const page = (p: number): number => Math.floor(p / PAGE_BYTES);
    expect(new Set(blocks.map(page)).size).toBe(3);
    expect([page(blocks[3]), page(blocks[4])]).toEqual([page(blocks[0]), page(blocks[1])]);
    expect([0, 1, 2].map((index) => all[0].mspace(index).footprint())).toEqual([PAGE_BYTES, PAGE_BYTES, PAGE_BYTES]);
    blocks.forEach((p, i) => all[(i + 1) % 5].free(p));
    // freed into the mspace it came from, and so served from there again
    expect(all.slice(0, 3).map((heap) => heap.malloc(1000))).toEqual(blocks.slice(0, 3));
    all[0].check();
  });

  it("can be more than there are kinds of page owners", () => {
    const heap = dlmalloc.create({ mspaces: 100, maximumBytes: 2 ** 26 });
    const blocks = Array.from({ length: heap.mspaces }, (_, index) => heap.mspace(index).malloc(100));
    expect(new Set(blocks.map((p) => Math.floor(p / PAGE_BYTES))).size).toBe(100);
    heap.check();
    for (const p of blocks) heap.free(p);
    heap.trim();
    expect(heap.mspace(99).footprint()).toBe(0);
    heap.check();
  });

  it("serve each other's threads before there is no memory", () => {
    const [first, second] = threads(2, dlmalloc.create({ mspaces: 2, memory: fixed(2 ** 21) }));
    const blocks: number[] = [];
    for (let p = first.malloc(5000); p !== 0; p = first.malloc(5000)) blocks.push(p);
    for (const p of blocks) first.free(p);
    let served = 0;
    while (second.malloc(5000) !== 0) served++;
    expect(served).toBeGreaterThanOrEqual(blocks.length - 2);
    second.check();
  });

  it("give pages back for direct spans of all threads", () => {
    const [first, second] = threads(2, dlmalloc.create({ mspaces: 2, memory: fixed(2 ** 21), trimThreshold: 2 ** 32 }));
    const blocks: number[] = [];
    for (let p = first.malloc(5000); p !== 0; p = first.malloc(5000)) blocks.push(p);
    for (const p of blocks) first.free(p);
    expect(second.malloc(2 ** 20)).not.toBe(0);
    second.check();
  });
});

describe("a chosen mspace", () => {
  it("serves all sizes from its own segments, whoever asks", () => {
    const [heap, other] = threads(2, dlmalloc.create({ mspaces: 2 }));
    const mspace = other.mspace(0);
    const before = heap.mspace(1).footprint();
    const blocks = [mspace.malloc(100), mspace.malloc(1_000_000), mspace.calloc(10, 100), mspace.alignedAlloc(8192, 100), mspace.realloc(0, 5000)];
    expect(blocks.every((p) => p !== 0)).toBe(true);
    expect(heap.mspace(1).footprint()).toBe(before);
    expect(heap.mspace(0).footprint()).toBeGreaterThan(1_000_000);
    expect(heap.mspace(0).peakFootprint()).toBe(heap.mspace(0).footprint());
    expect(mspace.usableSize(blocks[1])).toBe(1_000_012);
    for (const p of blocks.slice(0, 3)) heap.free(p);
    for (const p of blocks.slice(3)) heap.mspace(1).free(p);
    heap.mspace(0).trim();
    expect(heap.mspace(0).footprint()).toBe(0);
    heap.check();
  });

  it("moves what it reallocates into itself", () => {
    const heap = dlmalloc.create({ mspaces: 2 });
    const p = heap.malloc(1000);
    heap.malloc(1);
    heap.memory.u8.fill(9, p, p + 1000);
    const q = heap.mspace(1).realloc(p, 100_000);
    expect(heap.memory.u8.subarray(q, q + 1000).every((byte) => byte === 9)).toBe(true);
    expect(heap.mspace(1).footprint()).toBe(2 * PAGE_BYTES);
    heap.check();
  });

  it("has a limit of its own, which holds for all threads", () => {
    const [heap, other] = threads(2, dlmalloc.create({ mspaces: 2, footprintLimit: 4 * PAGE_BYTES }));
    const mspace = heap.mspace(0);
    expect(mspace.footprintLimit()).toBe(4 * PAGE_BYTES);
    expect(mspace.malloc(5 * PAGE_BYTES)).toBe(0);
    expect(mspace.malloc(3 * PAGE_BYTES)).not.toBe(0);
    expect(mspace.malloc(2 * PAGE_BYTES)).toBe(0);
    // the thread itself is served elsewhere
    expect(heap.malloc(2 * PAGE_BYTES)).not.toBe(0);
    expect(heap.mspace(1).footprint()).toBe(3 * PAGE_BYTES);
    other.mspace(0).setFootprintLimit(6 * PAGE_BYTES + 1);
    expect(mspace.footprintLimit()).toBe(7 * PAGE_BYTES);
    expect(mspace.malloc(2 * PAGE_BYTES)).not.toBe(0);
    for (const bytes of [-1, 0.5, 2 ** 33, NaN]) expect(() => mspace.setFootprintLimit(bytes)).toThrow(RangeError);
    heap.check();
  });

  it("must exist", () => {
    const heap = dlmalloc.create({ mspaces: 2 });
    for (const index of [-1, 2, 0.5]) expect(() => heap.mspace(index)).toThrow(/index must be an integer from 0 to 1/);
  });

  it("is left with the heap", () => {
    const heap = dlmalloc.create();
    const mspace = heap.mspace(0);
    const p = mspace.malloc(100);
    heap[Symbol.dispose]();
    for (const use of [() => mspace.malloc(1), () => mspace.free(p), () => mspace.usableSize(p), () => heap.malloc(1), () => heap.mspace(0)]) expect(use).toThrow("left");
  });
});

describe("footers", () => {
  it("show that a block was written past, or is another mspace's", () => {
    const heap = dlmalloc.create({ footers: true, mspaces: 2 });
    const [mine, behind] = [heap.malloc(100), heap.malloc(100)];
    const others = heap.mspace(1).malloc(100);
    const footer = (p: number): number => (p + heap.usableSize(p)) >>> 2;
    const [w, of] = [footer(mine), footer(others)];
    const good = heap.memory.i32[w];
    expect(good).not.toBe(heap.memory.i32[of]);
    for (const wrong of [0, good ^ 1, heap.memory.i32[of]]) {
      heap.memory.i32[w] = wrong;
      expect(() => heap.free(mine)).toThrow("overwritten, or the block is another heap's");
      expect(() => heap.check()).toThrow("overwritten");
    }
    heap.memory.i32[w] = good;
    for (const p of [mine, behind, others]) heap.free(p);
    heap.check();
  });
});

describe("figures and limits of an mspace", () => {
  it("are known when somebody else has grown the memory, and emptied all views of it", () => {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 64 });
    const heap = dlmalloc.create({ memory: wasm(memory, { maximum: 2 ** 20 }), footprintLimit: 2 ** 18 });
    const space = heap.mspace(0);
    heap.malloc(100);
    const afterGrowth = <T>(ask: () => T): T => {
      memory.grow(1);
      return ask();
    };
    expect(afterGrowth(() => space.footprint())).toBe(PAGE_BYTES);
    expect(afterGrowth(() => space.peakFootprint())).toBe(PAGE_BYTES);
    expect(afterGrowth(() => space.footprintLimit())).toBe(2 ** 18);
    afterGrowth(() => space.setFootprintLimit(0));
    expect(space.footprintLimit()).toBe(0);
    afterGrowth(() => heap.trim());
    heap.check();
  });

  it("are refused to a thread that has left, whose lock nobody could reclaim", () => {
    const [heap, other] = threads(2, dlmalloc.create());
    const space = other.mspace(0);
    other[Symbol.dispose]();
    const calls: (() => unknown)[] = [
      () => other.trim(), () => space.trim(), () => space.setFootprintLimit(PAGE_BYTES), () => space.footprint(), () => space.peakFootprint(), () => space.footprintLimit(),
    ];
    for (const call of calls) expect(call).toThrow("this thread has left");
    heap.check();
  });
});

const UNSEEN = { extent: () => undefined, cached: () => undefined };

describe("what a heap says that it could serve", () => {
  it.each([4, 5, 6, 8])("it serves, of %i pages that nobody has used", (pages) => {
    const heap = dlmalloc.create({ maximumThreads: 8, memory: growable({ initial: PAGE_BYTES, maximum: pages * PAGE_BYTES }) });
    const promised = heap.inspect(UNSEEN);
    expect(promised).toBeGreaterThan((pages - 2) * PAGE_BYTES);
    expect(heap.malloc(promised)).not.toBe(0);
  });

  /** A heap full to the last page, in which an older segment of the second thread has room at its end. */
  function fullButForAnOldSegment(mspaces: number): DlmallocHeap[] {
    const memory = growable({ initial: PAGE_BYTES, maximum: 12 * PAGE_BYTES });
    const all = threads(2, dlmalloc.create({ mspaces, mmapThreshold: PAGE_BYTES, maximumThreads: 4, memory }));
    const [first, second] = all;
    second.malloc(100);
    const blocks = Array.from({ length: 4 }, () => second.malloc(40_000));
    first.malloc(PAGE_BYTES);
    second.malloc(60_000);
    while (first.malloc(PAGE_BYTES) !== 0);
    for (const block of blocks) second.free(block);
    return all;
  }

  it.each([1, 2])("it serves from whichever of %i mspaces has room, before it gives pages of that back", (mspaces) => {
    for (const heap of fullButForAnOldSegment(mspaces)) expect(heap.inspect(UNSEEN)).toBeGreaterThan(2 * PAGE_BYTES);
    const [first] = fullButForAnOldSegment(mspaces);
    expect(first.malloc(first.inspect(UNSEEN))).not.toBe(0);
    const [other, second] = fullButForAnOldSegment(mspaces);
    expect(other.alignedAlloc(32, 180_000)).not.toBe(0);
    other.check();
    second.check();
  });
});
