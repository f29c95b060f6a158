// Sizes between the classes: served by the next class as long as they are few, and by slabs of their own when they are many;
// and what is empty given back before others need pages. A size such as 9 * 64 is fine, 10 * 64 is not.
import { describe, expect, it, vi } from "vitest";
import { fixed, growable, type Extent } from "@heapwright/core";
import { liveIn, pagesHeld, privateHeap, type PrivateThread } from "./private-heap.js";

/** A fine class, and the one above it. */
const FINE = 576;
const NEXT = 640;
/** Blocks of slabs that a class has at most before requests that fit the finer one are told apart. */
const MANY = 200;

const allocated = ({ slabs }: PrivateThread, count: number, bytes: number): number[] => Array.from({ length: count }, () => slabs.allocate(bytes));
const sizesOf = ({ slabs }: PrivateThread, blocks: readonly number[]): number[] => blocks.map((block) => slabs.usableSize(block));

/** A thread with so many blocks of a fine class that it has slabs of its own, in the order in which they were allocated. */
function refined(): { one: PrivateThread; blocks: number[] } {
  const one = privateHeap();
  return { one, blocks: allocated(one, 2000, FINE) };
}

describe("a size between two classes", () => {
  it("is served by the next class at first, and by blocks that fit once there are many", () => {
    const { one, blocks } = refined();
    const sizes = sizesOf(one, blocks);
    const told = sizes.indexOf(FINE);
    expect(told).toBeGreaterThan(20);
    expect(told).toBeLessThan(MANY);
    expect(new Set(sizes.slice(0, told))).toEqual(new Set([NEXT]));
    expect(new Set(sizes.slice(told))).toEqual(new Set([FINE]));
    one.heap.check();
  });

  it.each([144, 176, 208, 240, 288, 416, 1152, 1408, 3328, 7680])("of %i bytes gets blocks of its own, and its neighbours do not", (bytes) => {
    const one = privateHeap();
    const coarse = one.slabs.usableSize(one.slabs.allocate(bytes));
    expect(coarse).toBeGreaterThan(bytes);
    const blocks = allocated(one, 600, bytes);
    expect(one.slabs.usableSize(blocks[599])).toBe(bytes);
    // one byte more does not fit; what is a quarter smaller has a class that is no finer than before
    expect(sizesOf(one, allocated(one, 3, bytes + 1))).toEqual([coarse, coarse, coarse]);
    const smaller = one.slabs.usableSize(one.slabs.allocate(bytes - (coarse - bytes)));
    expect(smaller).toBeLessThan(bytes);
    one.heap.check();
  });

  it("keeps no more memory for a few blocks of each of many sizes", () => {
    const one = privateHeap();
    for (let bytes = 130; bytes <= 2000; bytes += 16) allocated(one, 2, bytes);
    // 236 blocks of 250 KB in all; the classes in use have a slab each that is not full
    expect(pagesHeld(one)).toBeLessThanOrEqual(8);
    one.heap.check();
  });

  it("takes less memory when there are many blocks of it", () => {
    const { one, blocks } = refined();
    // a page has 15 units for slabs
    const pagesOf = (blockBytes: number): number => (blocks.length * blockBytes) / (15 * 4096);
    expect(pagesHeld(one)).toBeLessThan(pagesOf(NEXT) - 0.5);
    expect(pagesHeld(one)).toBeGreaterThanOrEqual(Math.floor(pagesOf(FINE)));
  });

  it("is known again wherever its blocks begin, and nowhere else", () => {
    const { one, blocks } = refined();
    const live = new Set(blocks);
    const page = blocks[1999] & -65536;
    for (let address = page; address < page + 65536; address += 16) {
      const size = one.slabs.ownSize(address >>> 0);
      if (size !== (live.has(address >>> 0) ? one.slabs.usableSize(address >>> 0) : 0)) expect.fail(`a block of ${size} at ${address}`);
    }
    expect(() => one.slabs.free(blocks[1999] + 64)).toThrow("is not the address of a block");
  });

  it("frees what was allocated before and after, in any order, and gives all pages back", () => {
    const { one, blocks } = refined();
    for (let step = 0; step < 7; step++) {
      for (let i = step; i < blocks.length; i += 7) one.slabs.free(blocks[i]);
      one.heap.check();
    }
    expect(liveIn(one)).toEqual([]);
    one.slabs.trim();
    expect(pagesHeld(one)).toBe(1);
  });

  it("is each thread's own choice: another one begins with the next class, and frees what the first has allocated", () => {
    const { one, blocks } = refined();
    const two = one.join();
    expect(two.slabs.usableSize(two.slabs.allocate(FINE))).toBe(NEXT);
    expect(two.slabs.classAt(blocks[1999])).toBe(one.slabs.classAt(blocks[1999]));
    expect(two.slabs.usableSize(blocks[1999])).toBe(FINE);
    for (const block of blocks) two.slabs.free(block);
    one.heap.check();
    two.slabs.trim();
    one.slabs.trim();
    expect(liveIn(one)).toHaveLength(1);
    expect(pagesHeld(one)).toBe(2);
  });

  it("is served from its slabs by a thread that adopts them and has not told it apart itself", () => {
    const { one, blocks } = refined();
    const two = one.join();
    one.heap[Symbol.dispose]();
    for (const block of blocks) two.slabs.free(block);
    two.heap.check();
    const again = allocated(two, 2000, FINE);
    expect(new Set(again).size).toBe(2000);
    expect(two.slabs.usableSize(again[1999])).toBe(FINE);
    two.heap.check();
    expect(liveIn(two)).toHaveLength(2000);
  });

  it("is asked for in batches by who takes a class for what it is", () => {
    const { one, blocks } = refined();
    const two = one.join();
    const c = one.slabs.classAt(blocks[1999]);
    const into = two.slabs.allocate(400);
    const source = two.slabs.blocksOf(c);
    expect(source.blockBytes).toBe(FINE);
    expect(source.take(into, 100)).toBe(100);
    const taken = Array.from(two.memory.u32.subarray(into >>> 2, (into >>> 2) + 100));
    for (const block of taken) expect(two.slabs.classAt(block)).toBe(c);
    source.give(into, 100);
    two.heap.check();
    expect(liveIn(two)).toHaveLength(blocks.length + 1);
  });

  it("is served from either class when memory is full", () => {
    const one = privateHeap(fixed(2 ** 20));
    const blocks: number[] = [];
    for (let block = one.slabs.allocate(FINE); block !== 0; block = one.slabs.allocate(FINE)) blocks.push(block);
    const sizes = sizesOf(one, blocks);
    for (const size of [NEXT, FINE]) {
      const freed = blocks[sizes.indexOf(size)];
      one.slabs.free(freed);
      expect(one.slabs.allocate(FINE)).toBe(freed);
    }
    expect(one.slabs.allocate(FINE)).toBe(0);
    one.heap.check();
  });

  it("is what an inspector may have to reckon with in blocks of the next class", () => {
    const { one, blocks } = refined();
    const extents: Extent[] = [];
    one.slabs.inspect({ extent: (found) => extents.push(found), cached: () => undefined });
    const around = (block: number): Extent | undefined => extents.find(({ address, bytes }) => address <= block && block < address + bytes);
    const [early, late] = [around(blocks[0]), around(blocks[1999])];
    expect([early?.blockBytes, late?.blockBytes]).toEqual([NEXT, FINE]);
    // requests of 513 bytes and more are served by 640 until they are told apart
    expect(early!.slackBytes / early!.liveBlocks).toBe(NEXT - 513);
    expect(late!.slackBytes / late!.liveBlocks).toBe(FINE - 513);
  });

  it("is aligned as was asked for, also to more than its class is a multiple of", () => {
    const { one } = refined();
    for (const alignment of [16, 32, 64, 128, 256, 4096]) {
      const block = one.slabs.allocateAligned(alignment, FINE);
      expect(block % alignment).toBe(0);
      expect(one.slabs.usableSize(block)).toBeGreaterThanOrEqual(FINE);
      one.slabs.free(block);
    }
    one.heap.check();
  });
});

describe("to tidy", () => {
  /**
   * With twenty pages of blocks of 1024 bytes, those of some of them freed: more than a sixteenth of all, and less than would go by itself.
   * And with one page more, of which a slab in use is all, and empty.
   */
  function withSomeEmpty(pages: number): { one: PrivateThread; live: number[] } {
    const one = privateHeap();
    const blocks = allocated(one, 1200, 1024);
    const lone = one.slabs.allocate(7500);
    expect(blocks.some((block) => block >>> 16 === lone >>> 16)).toBe(false);
    const gone = [...new Set(blocks.map((block) => block >>> 16))].slice(5, 5 + pages);
    const live: number[] = [];
    for (const block of blocks) {
      if (gone.includes(block >>> 16)) one.slabs.free(block);
      else live.push(block);
    }
    one.slabs.free(lone);
    return { one, live };
  }

  it("gives back what is empty, if it is much, the slabs in use as well, and touches no live block", () => {
    const { one, live } = withSomeEmpty(2);
    const before = pagesHeld(one);
    const kept = [...live].sort((a, b) => a - b);
    for (const block of kept) one.memory.i32[block >>> 2] = block;
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(before - 3);
    expect(liveIn(one)).toEqual(kept);
    for (const block of kept) expect(one.memory.i32[block >>> 2]).toBe(block);
    one.heap.check();
    const again = allocated(one, 500, 300);
    expect(new Set([...again, ...kept]).size).toBe(500 + kept.length);
    one.heap.check();
  });

  it("does nothing for a thread that has no page, and nothing twice", () => {
    const one = privateHeap();
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(0);
    one.slabs.free(one.slabs.allocate(100));
    one.slabs.tidy();
    const held = pagesHeld(one);
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(held);
    expect(one.slabs.allocate(100)).not.toBe(0);
    one.heap.check();
  });

  it("does not look for what others have freed; to trim does", () => {
    const one = privateHeap();
    const two = one.join();
    const blocks = allocated(one, 1000, 600);
    for (const block of blocks) two.slabs.free(block);
    two.slabs.trim();
    const held = pagesHeld(one);
    one.slabs.tidy();
    expect(pagesHeld(one)).toBe(held);
    one.slabs.trim();
    expect(pagesHeld(one)).toBeLessThanOrEqual(2);
    expect(liveIn(one)).toEqual([]);
    one.heap.check();
  });

  it("is what a large object does before it acquires pages, so that memory does not grow for what is empty", () => {
    const { one } = withSomeEmpty(4);
    const { heap, pages } = one;
    const peak = pages.mappedBytes();
    expect(heap.malloc(4 * 65536)).not.toBe(0);
    expect(pages.peakMappedBytes()).toBe(peak);
    heap.check();
  });

  it("leaves slabs to a thread with few pages, which would form them anew for each large object", () => {
    const one = privateHeap(growable({ initial: 65536, maximum: 2 ** 26 }));
    const sizes = Array.from({ length: 30 }, (_, i) => 16 + i * 40);
    const request = (): void => {
      const blocks = [100_000, ...sizes].map((bytes) => one.heap.malloc(bytes));
      for (const block of blocks) one.heap.free(block);
    };
    request();
    const formed = vi.spyOn(one.slabs["slabs"], "form");
    for (let round = 0; round < 10; round++) request();
    expect(formed).not.toHaveBeenCalled();
    expect(pagesHeld(one)).toBeLessThan(9);
  });
});
