import { AttachError, fixed, InvalidAddressError } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { rtosHeap, type RtosHeapOptions } from "../src/index.js";
import { ARENA_OVERHEAD, FORMS, freeBlocksOf, make, MERGING, TAG_BYTES, TEMPLATE_BYTES } from "./forms.js";

describe("options", () => {
  it.each<[RtosHeapOptions, RegExp]>([
    [{ form: "heap_3" as never }, /form must be one of heap_2, heap_2-coalescing, heap_4/],
    [{ heapBytes: 63 }, /heapBytes must be an integer from 64/],
    [{ heapBytes: 2 ** 32 }, /heapBytes/],
    [{ heapBytes: 4096.5 }, /heapBytes/],
  ])("%j are refused by name", (options, message) => {
    expect(() => rtosHeap.create(options)).toThrow(message);
  });

  it("an arena that does not fit the memory is refused", () => {
    expect(() => rtosHeap.create({ heapBytes: 2 ** 20, memory: fixed(2 ** 20) })).toThrow(/heapBytes must fit the memory/);
    expect(rtosHeap.create({ heapBytes: 2 ** 20, memory: fixed(2 ** 20 + 2 ** 17) }).malloc(2 ** 20 - 36)).not.toBe(0);
  });

  it("by default heap_4 with an arena of 1 MiB", () => {
    const heap = rtosHeap.create();
    expect(heap.handle.options).toMatchObject({ form: "heap_4", heapBytes: 2 ** 20 });
    expect(heap.heapStats().freeBytes).toBe(2 ** 20 - ARENA_OVERHEAD);
    expect(heap.progress).toBe("blocking");
  });

  it("any number of threads has room in the header", () => {
    const heap = rtosHeap.create({ maximumThreads: 4096 });
    expect(heap.malloc(2 ** 20 - 36)).not.toBe(0);
  });

  it("the largest arena there is leaves room for them, too", () => {
    const heapBytes = 2 ** 32 - 2 ** 21;
    const heap = rtosHeap.create({ heapBytes, maximumThreads: 4096 });
    expect(heap.heapStats().freeBytes).toBe(heapBytes - 32);
  });

  it("are part of the handle, and a handle with others is refused", () => {
    const { handle } = make("heap_2");
    expect(() => rtosHeap.attach({ ...handle, options: { ...handle.options, form: "heap_4" } })).toThrow(AttachError);
  });
});

describe.each(FORMS)("%s", (form) => {
  it("has an arena of exactly heapBytes, claimed once", () => {
    const heap = make(form);
    const { mappedBytes } = heap.stats();
    const whole = heap.malloc(TEMPLATE_BYTES - ARENA_OVERHEAD - TAG_BYTES);
    expect(whole).not.toBe(0);
    expect(heap.malloc(0)).toBe(0);
    heap.free(whole);
    expect(heap.stats().mappedBytes).toBe(mappedBytes);
    expect(heap.malloc(TEMPLATE_BYTES - ARENA_OVERHEAD - TAG_BYTES + 1)).toBe(0);
    heap.check();
  });

  it("rounds heapBytes down to a multiple of 16", () => {
    expect(make(form, 4111).heapStats().freeBytes).toBe(4096 - ARENA_OVERHEAD);
  });

  it("splits off a rest that is larger than the smallest block, and not one that is as large", () => {
    const heap = make(form, 64 + ARENA_OVERHEAD);
    const exact = heap.malloc(44);
    expect(heap.usableSize(exact)).toBe(60);
    heap.free(exact);
    expect(heap.usableSize(heap.malloc(28))).toBe(28);
    heap.check();
  });

  it("serves calloc, realloc, aligned blocks and usableSize, which the original lacks in part", () => {
    const heap = make(form, 65536);
    const block = heap.calloc(10, 10);
    heap.memory.u8.fill(5, block, block + 100);
    const moved = heap.realloc(block, 5000);
    expect(heap.usableSize(moved)).toBeGreaterThanOrEqual(5000);
    expect(heap.memory.u8.subarray(moved, moved + 100).every((value) => value === 5)).toBe(true);
    expect(heap.alignedAlloc(1024, 100) % 1024).toBe(0);
    heap.check();
  });

  it("frees what another thread has allocated", () => {
    const heap = make(form);
    const other = rtosHeap.attach(heap.handle);
    const block = heap.malloc(100);
    other.free(block);
    expect(() => heap.free(block)).toThrow(InvalidAddressError);
    expect(heap.heapStats()).toMatchObject({ successfulAllocations: 1, successfulFrees: 1 });
  });
});

describe("which block serves a request", () => {
  /** Holes of these sizes between blocks that stay, freed in this order. */
  function withHoles(form: (typeof FORMS)[number], sizes: readonly number[]) {
    const heap = make(form);
    const holes = sizes.map((size) => {
      const hole = heap.malloc(size);
      heap.malloc(1);
      return hole;
    });
    for (const hole of holes) heap.free(hole);
    return { heap, holes };
  }

  it("heap_2: of free blocks of 5, 60 and 300 bytes, 20 bytes are cut from the one of 60", () => {
    const { heap, holes } = withHoles("heap_2", [5, 60, 300]);
    expect(heap.malloc(20)).toBe(holes[1]);
    expect(freeBlocksOf(heap)).toContainEqual({ address: holes[1] + 32, bytes: 32 });
  });

  it("heap_2: a task that is deleted and created again gets the same two blocks", () => {
    const heap = make("heap_2", 16384);
    const create = (): [stack: number, controlBlock: number] => [heap.malloc(1024), heap.malloc(96)];
    create();
    const first = create();
    create();
    const { freeBlocks } = heap.heapStats();
    for (let i = 0; i < 10; i++) {
      for (const block of first) heap.free(block);
      expect(create()).toEqual(first);
    }
    expect(heap.heapStats().freeBlocks).toBe(freeBlocks);
  });

  it("heap_2-coalescing: the smallest that fits, wherever it lies", () => {
    const { heap, holes } = withHoles("heap_2-coalescing", [600, 300, 100, 400]);
    expect(heap.malloc(250)).toBe(holes[1]);
  });

  it("heap_4: the lowest that fits, however large it is", () => {
    const { heap, holes } = withHoles("heap_4", [100, 600, 300, 400]);
    expect(heap.malloc(250)).toBe(holes[1]);
  });
});

describe("heapStats", () => {
  it("knows the arena before the first request", () => {
    for (const form of FORMS) {
      const whole = TEMPLATE_BYTES - ARENA_OVERHEAD;
      expect(make(form).heapStats()).toMatchObject({
        freeBytes: whole, minimumEverFreeBytes: whole, freeBlocks: 1, largestFreeBlockBytes: whole, smallestFreeBlockBytes: whole,
        successfulAllocations: 0, successfulFrees: 0,
      });
    }
  });

  it.each(MERGING)("follows what happens: %s", (form) => {
    const heap = make(form);
    const whole = TEMPLATE_BYTES - ARENA_OVERHEAD;
    const [a, b, c] = [100, 200, 300].map((size) => heap.malloc(size));
    expect(heap.malloc(10_000)).toBe(0);
    heap.free(b);
    expect(heap.heapStats()).toMatchObject({
      freeBytes: whole - 112 - 304, minimumEverFreeBytes: whole - 112 - 208 - 304,
      freeBlocks: 2, largestFreeBlockBytes: whole - 112 - 208 - 304, smallestFreeBlockBytes: 208,
      successfulAllocations: 3, successfulFrees: 1,
    });
    heap.free(a);
    heap.free(c);
    expect(heap.heapStats()).toMatchObject({ freeBytes: whole, minimumEverFreeBytes: whole - 624, freeBlocks: 1, successfulFrees: 3 });
  });

  it("is the same for every thread, includes the figures of every heap, and is refused to one who has left", () => {
    const heap = make("heap_4");
    const other = rtosHeap.attach(heap.handle);
    other.malloc(100);
    expect(other.heapStats()).toEqual(heap.heapStats());
    expect(heap.heapStats()).toMatchObject(heap.stats());
    other[Symbol.dispose]();
    expect(() => other.heapStats()).toThrow(/has left/);
  });

  it("says of a full arena that nothing is free", () => {
    const heap = make("heap_4");
    while (heap.malloc(12) !== 0);
    expect(heap.heapStats()).toMatchObject({ freeBytes: 0, minimumEverFreeBytes: 0, freeBlocks: 0, largestFreeBlockBytes: 0, smallestFreeBlockBytes: 0 });
  });
});
