import { AttachError, InvalidAddressError, PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { spanMalloc, type SpanMallocOptions } from "../src/index.js";
import { freeBlocksOf, spansOf, WHOLE_SPAN } from "./spans.js";

const POISON = 0xae;

describe("options", () => {
  it.each<[SpanMallocOptions, RegExp]>([
    [{ spanBytes: 0 }, /spanBytes must be an integer from 65536 to 1073741824/],
    [{ spanBytes: 100_000 }, /spanBytes must be a multiple of 65536/],
    [{ minimumBlockBytes: 8 }, /minimumBlockBytes/],
    [{ minimumBlockBytes: 72 }, /minimumBlockBytes must be a multiple of 16/],
    [{ keptSpans: -1 }, /keptSpans/],
    [{ poison: 1 as never }, /poison must be true or false/],
    [{ threads: "two" as never }, /threads must be one of one, many/],
  ])("%j are refused by name", (options, message) => {
    expect(() => spanMalloc.create(options)).toThrow(message);
  });

  it("threads: a lock for many, none for one", () => {
    expect(spanMalloc.create().progress).toBe("blocking");
    expect(spanMalloc.create({ threads: "one" }).progress).toBe("single-threaded");
  });

  it("are part of the handle, and a handle with others is refused", () => {
    const { handle } = spanMalloc.create({ keptSpans: 3 });
    expect(() => spanMalloc.attach({ ...handle, options: { ...handle.options, keptSpans: 1 } })).toThrow(AttachError);
  });

  it("spanBytes: what is acquired at once", () => {
    const heap = spanMalloc.create({ spanBytes: 2 ** 20 });
    heap.malloc(1);
    expect(freeBlocksOf(heap)).toEqual([{ address: spansOf(heap)[0] + 32, bytes: 2 ** 20 - 36 - 64 }]);
  });

  it("minimumBlockBytes: the smallest block and the smallest rest", () => {
    const heap = spanMalloc.create({ minimumBlockBytes: 16 });
    expect(heap.usableSize(heap.malloc(1))).toBe(12);
  });

  it.each([[0, 0], [1, 1], [2, 2], [5, 3]])("keptSpans: of three empty spans, %i keep %i", (keptSpans, kept) => {
    const heap = spanMalloc.create({ keptSpans });
    const blocks = [1, 2, 3].map(() => heap.malloc(WHOLE_SPAN));
    for (const block of blocks) heap.free(block);
    expect(spansOf(heap)).toHaveLength(kept);
  });

  it.each([[true, POISON], [false, 1]])("poison: %s", (poison, byte) => {
    const heap = spanMalloc.create({ poison });
    const block = heap.malloc(1000);
    heap.malloc(1000);
    heap.memory.u8.fill(1, block, block + 1000);
    heap.free(block);
    expect(new Set(heap.memory.u8.subarray(block + 8, block + 1000))).toEqual(new Set([byte]));
  });
});

// Bugs and gaps of the allocator that this one is modelled on.
describe("regressions", () => {
  it("calloc does not wrap its product", () => {
    const heap = spanMalloc.create();
    expect(heap.calloc(2 ** 29, 8)).toBe(0);
    expect(heap.calloc(2 ** 50, 2 ** 14)).toBe(0);
    expect(heap.calloc(2 ** 32 / 16 + 1, 16)).toBe(0);
  });

  it.each([2 ** 32 - 1, 2 ** 32 - 8, 2 ** 32 - 40, 2 ** 32 - 65536, 2 ** 53 - 1])("a request of %i bytes is refused, not wrapped to a small block", (bytes) => {
    const heap = spanMalloc.create();
    expect(heap.malloc(bytes)).toBe(0);
    expect(heap.alignedAlloc(4096, bytes)).toBe(0);
    const block = heap.malloc(100);
    expect(heap.realloc(block, bytes)).toBe(0);
    heap.check();
  });

  it("a new block's tag does not inherit bits of what stood there before", () => {
    const heap = spanMalloc.create({ poison: false });
    const large = heap.malloc(10_000);
    heap.memory.u8.fill(0xff, large, large + 10_000);
    heap.free(large);
    for (let i = 0; i < 100; i++) {
      heap.malloc(i * 10);
      heap.check();
    }
  });

  it("nothing merges with what lies before a span", () => {
    const heap = spanMalloc.create({ poison: false });
    const below = heap.malloc(WHOLE_SPAN);
    const above = heap.malloc(WHOLE_SPAN);
    heap.memory.u8.fill(0, below, below + WHOLE_SPAN);
    heap.free(above);
    heap.check();
    expect(spansOf(heap)).toHaveLength(2);
  });

  it("an address at the end of a span is not in it", () => {
    const heap = spanMalloc.create();
    const [span] = [heap.malloc(1)].map(() => spansOf(heap)[0]);
    for (const address of [span + PAGE_BYTES, span + PAGE_BYTES - 16, span, span + 16]) {
      expect(() => heap.free(address)).toThrow(InvalidAddressError);
    }
  });

  it("the span that is kept is none of megabytes", () => {
    const heap = spanMalloc.create();
    const { mappedBytes } = heap.stats();
    heap.free(heap.malloc(10_000_000));
    expect(heap.stats().mappedBytes).toBe(mappedBytes);
  });

  it("a block that comes and goes at the edge of a span takes its span along once", () => {
    const heap = spanMalloc.create();
    heap.malloc(WHOLE_SPAN);
    const addresses = new Set<number>();
    const peaks = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const block = heap.malloc(1000);
      addresses.add(block);
      heap.free(block);
      peaks.add(heap.stats().mappedBytes);
    }
    expect([addresses.size, peaks.size]).toEqual([1, 1]);
    expect(spansOf(heap)).toHaveLength(2);
  });

  it("freeing a large block writes no more than its first 64 KiB", () => {
    const heap = spanMalloc.create();
    const block = heap.malloc(500_000);
    heap.malloc(500_000);
    const beyond = block + PAGE_BYTES;
    heap.memory.u8.fill(1, block, block + 500_000);
    const other = spanMalloc.attach(heap.handle);
    // in one span with a block that stays, so that the span stays, too
    expect(heap.realloc(block, 100_000)).toBe(block);
    expect(heap.memory.u8[beyond]).toBe(1);
    other.free(block);
    expect(heap.memory.u8[beyond]).toBe(1);
  });

  it("a block freed twice, merged and poisoned, is refused", () => {
    const heap = spanMalloc.create();
    const blocks = [1, 2, 3, 4].map(() => heap.malloc(100));
    for (const index of [1, 2]) heap.free(blocks[index]);
    for (const index of [1, 2]) expect(() => heap.free(blocks[index])).toThrow(InvalidAddressError);
    heap.check();
  });
});

describe("what the original did not have", () => {
  it("aligned blocks, measured and resized", () => {
    const heap = spanMalloc.create();
    const block = heap.alignedAlloc(4096, 5000);
    expect(block % 4096).toBe(0);
    expect(heap.usableSize(block)).toBeGreaterThanOrEqual(5000);
    expect(heap.usableSize(heap.realloc(block, 20_000))).toBeGreaterThanOrEqual(20_000);
    heap.check();
  });

  it("links only in free blocks: a block costs a tag of 4 bytes", () => {
    const heap = spanMalloc.create();
    const blocks = Array.from({ length: 584 }, () => heap.malloc(108));
    expect(spansOf(heap)).toHaveLength(1);
    expect(Math.min(...blocks.map((block) => heap.usableSize(block)))).toBe(108);
  });

  it("a span goes back whole, so that others can have its pages", () => {
    const heap = spanMalloc.create({ maximumBytes: 2 ** 22 });
    const small: number[] = [];
    for (let block = heap.malloc(100); block !== 0; block = heap.malloc(100)) small.push(block);
    expect(heap.malloc(2 ** 20)).toBe(0);
    for (const block of small) heap.free(block);
    expect(heap.malloc(2 ** 20)).not.toBe(0);
  });
});
