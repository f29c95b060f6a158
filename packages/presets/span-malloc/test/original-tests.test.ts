// The tests of the allocator that this one is modelled on, its twenty-three cases for our layout; the one about freeing
// several spans was there but never called.
import { PAGE_BYTES, type Heap } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { spanMalloc } from "../src/index.js";
import { footerOf, freeBlocksOf, spansOf, SPAN_OVERHEAD, TAG_BYTES, tagAt, WHOLE_SPAN } from "./spans.js";

function make(): Heap {
  return spanMalloc.create({ maximumBytes: 2 ** 26 });
}

describe("spans", () => {
  it("a small request acquires the smallest span", () => {
    const heap = make();
    const block = heap.malloc(1);
    const [span] = spansOf(heap);
    expect(span % PAGE_BYTES).toBe(0);
    expect(block).toBe(span + PAGE_BYTES - 64);
    expect(freeBlocksOf(heap)).toEqual([{ address: span + 32, bytes: WHOLE_SPAN - 64 }]);
  });

  it("a large request gets a span of its own size", () => {
    const heap = make();
    const { mappedBytes } = heap.stats();
    const block = heap.malloc(1_000_000);
    expect(heap.stats().mappedBytes - mappedBytes).toBe(Math.ceil(1_000_036 / PAGE_BYTES) * PAGE_BYTES);
    expect(spansOf(heap)).toHaveLength(1);
    expect(block + heap.usableSize(block) + TAG_BYTES).toBe(spansOf(heap)[0] + 16 * PAGE_BYTES);
  });

  it("several spans stand newest first, and the newest is looked through first", () => {
    const heap = make();
    const blocks = [1, 2, 3].map(() => heap.malloc(WHOLE_SPAN));
    expect(spansOf(heap)).toEqual(blocks.map((block) => block - 32).reverse());
    heap.free(heap.malloc(10));
    const [newest] = spansOf(heap);
    expect(heap.malloc(20)).toBe(newest + PAGE_BYTES - 64);
  });

  it("the only span stays when its last block is freed", () => {
    const heap = make();
    const block = heap.malloc(100);
    const spans = spansOf(heap);
    heap.free(block);
    expect(spansOf(heap)).toEqual(spans);
    expect(freeBlocksOf(heap)).toEqual([{ address: spans[0] + 32, bytes: WHOLE_SPAN }]);
  });

  it("spans that are freed go back, but for one", () => {
    const heap = make();
    const blocks = [1, 2, 3].map(() => heap.malloc(WHOLE_SPAN));
    const counts = [spansOf(heap).length];
    for (const block of blocks) {
      heap.free(block);
      counts.push(spansOf(heap).length);
    }
    // 3, 2, 1, 1 in the original, which keeps the span freed last; here the one freed first
    expect(counts).toEqual([3, 3, 2, 1]);
  });

  it("several spans of many blocks are freed in any order", () => {
    const heap = make();
    const { mappedBytes } = heap.stats();
    const blocks = Array.from({ length: 300 }, () => heap.malloc(1000));
    expect(spansOf(heap).length).toBeGreaterThan(3);
    for (let i = 0; i < blocks.length; i++) heap.free(blocks[(i * 7) % blocks.length]);
    expect(spansOf(heap)).toHaveLength(1);
    expect(heap.stats().mappedBytes - mappedBytes).toBe(PAGE_BYTES);
    heap.check();
  });
});

describe("blocks", () => {
  it("a freed block is the first of its span's free list", () => {
    const heap = make();
    const [, second] = [1, 2, 3].map(() => heap.malloc(100));
    heap.free(second);
    expect(heap.malloc(100)).toBe(second);
  });

  it("an address is a tag away from its block, both ways", () => {
    const heap = make();
    const block = heap.malloc(100);
    expect(tagAt(heap, block)).toEqual({ inUse: true, previousInUse: false, bytes: 112 });
    expect(heap.usableSize(block)).toBe(112 - TAG_BYTES);
  });

  it("a request for nothing gets the smallest block", () => {
    const heap = make();
    const block = heap.malloc(0);
    expect(heap.usableSize(block)).toBe(60);
    heap.free(block);
  });

  it("a block's length leads to the next one", () => {
    const heap = make();
    const [high, low] = [heap.malloc(100), heap.malloc(500)];
    expect(low + tagAt(heap, low).bytes).toBe(high);
  });

  it("a free block has its length in its last word", () => {
    const heap = make();
    heap.malloc(100);
    const [{ address, bytes }] = freeBlocksOf(heap);
    expect(footerOf(heap, address)).toBe(bytes + TAG_BYTES);
  });

  it("a larger free block is split, and its front keeps its address", () => {
    const heap = make();
    heap.malloc(100);
    const [before] = freeBlocksOf(heap);
    const block = heap.malloc(1000);
    expect(freeBlocksOf(heap)).toEqual([{ address: before.address, bytes: before.bytes - 1008 }]);
    expect(block).toBe(before.address + before.bytes - 1008 + TAG_BYTES);
  });

  it("a rest of less than 64 bytes is not split off", () => {
    const heap = make();
    expect(heap.usableSize(heap.malloc(WHOLE_SPAN - 48))).toBe(WHOLE_SPAN);
    expect(heap.usableSize(heap.malloc(WHOLE_SPAN - 64))).toBe(WHOLE_SPAN - 64);
  });

  it("freeing a block tells the next one", () => {
    const heap = make();
    const [high, low] = [heap.malloc(100), heap.malloc(100)];
    expect(tagAt(heap, high).previousInUse).toBe(true);
    heap.malloc(100);
    heap.free(low);
    expect(tagAt(heap, high).previousInUse).toBe(false);
  });

  it("a block finds the free one before it by its footer", () => {
    const heap = make();
    const [high, low] = [heap.malloc(100), heap.malloc(200)];
    heap.malloc(100);
    heap.free(low);
    expect(high - heap.memory.u32[(high >>> 2) - 2]).toBe(low);
  });

  it.each([["low, then high", [2, 1]], ["high, then low", [1, 2]]])("neighbours are merged: %s", (_name, order) => {
    const heap = make();
    const blocks = [1, 2, 3, 4].map(() => heap.malloc(100));
    const { length } = freeBlocksOf(heap);
    for (const index of order) heap.free(blocks[index]);
    expect(freeBlocksOf(heap)).toHaveLength(length + 1);
    expect(freeBlocksOf(heap)).toContainEqual({ address: blocks[2], bytes: 2 * 112 - TAG_BYTES });
    heap.check();
  });

  it("the span that is left when all is freed is one block again", () => {
    const heap = make();
    const blocks = [1, 2, 3].map(() => heap.malloc(100));
    for (const index of [1, 0, 2]) heap.free(blocks[index]);
    expect(freeBlocksOf(heap)).toEqual([{ address: spansOf(heap)[0] + SPAN_OVERHEAD, bytes: WHOLE_SPAN }]);
  });
});

describe("calloc and realloc", () => {
  it("a million times eight bytes are zero", () => {
    const heap = make();
    const block = heap.calloc(1_000_000, 8);
    expect(heap.memory.f64.subarray(block >>> 3, (block >>> 3) + 1_000_000).every((value) => value === 0)).toBe(true);
  });

  it("realloc of no block is malloc", () => {
    const heap = make();
    const block = heap.realloc(0, 100);
    expect(heap.usableSize(block)).toBe(108);
  });

  it("realloc to nothing gives a smallest block, and frees nothing", () => {
    const heap = make();
    const block = heap.realloc(heap.malloc(1000), 0);
    expect(heap.usableSize(block)).toBe(60);
    heap.free(block);
  });

  it("realloc to less cuts the block where it stands, and frees the rest", () => {
    const heap = make();
    const block = heap.malloc(1000);
    const before = freeBlocksOf(heap).length;
    expect(heap.realloc(block, 100)).toBe(block);
    expect(heap.usableSize(block)).toBe(108);
    expect(freeBlocksOf(heap)).toHaveLength(before + 1);
    heap.check();
  });

  it("realloc to more takes the free block behind", () => {
    const heap = make();
    const [behind, block] = [heap.malloc(1000), heap.malloc(100)];
    heap.memory.u8.fill(7, block, block + 100);
    heap.free(behind);
    expect(heap.realloc(block, 500)).toBe(block);
    expect(heap.usableSize(block)).toBe(508);
    expect(heap.memory.u8.subarray(block, block + 100).every((value) => value === 7)).toBe(true);
    heap.check();
  });

  it("realloc to more than there is behind moves, with the contents", () => {
    const heap = make();
    const [, block] = [heap.malloc(100), heap.malloc(100)];
    heap.memory.u8.fill(7, block, block + 100);
    const moved = heap.realloc(block, 5000);
    expect(moved).not.toBe(block);
    expect(heap.memory.u8.subarray(moved, moved + 100).every((value) => value === 7)).toBe(true);
    expect(() => heap.free(block)).toThrow("is not the address of a block");
    heap.check();
  });
});
