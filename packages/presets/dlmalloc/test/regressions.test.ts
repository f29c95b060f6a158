// The tests of the Rust port of Lea's malloc, and what is easy to get wrong in one.
import { fixed, growable } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { dlmalloc, type DlmallocHeap } from "../src/index.js";
import { FORMS } from "./forms.js";

/** A block with the pattern that it must keep. */
interface Stamped {
  readonly address: number;
  readonly size: number;
  readonly stamp: number;
}

function stamp(heap: DlmallocHeap, address: number, size: number, value: number): Stamped {
  heap.memory.reach(address + size);
  heap.memory.u8.fill(value, address, address + size);
  return { address, size, stamp: value };
}

function isWhole(heap: DlmallocHeap, { address, size, stamp }: Stamped, upTo = size): boolean {
  return heap.memory.u8.subarray(address, address + upTo).every((byte) => byte === stamp);
}

describe.each(FORMS.map((form) => [form.name ?? "dlmalloc", form.options ?? {}] as const))("%s", (_name, options) => {
  it("smoke: a block is written, freed and allocated again", () => {
    const heap = dlmalloc.create(options);
    for (const value of [9, 10]) {
      const p = heap.malloc(1);
      heap.memory.u8[p] = value;
      expect(heap.memory.u8[p]).toBe(value);
      heap.free(p);
    }
    heap.check();
  });

  it("reallocates there and back, at every alignment from 1 to 4096", () => {
    const heap = dlmalloc.create(options);
    for (let alignment = 1; alignment <= 4096; alignment *= 2) {
      for (const size of [1, 100, 5000, 300_000]) {
        const p = heap.alignedAlloc(alignment, size);
        expect(p % alignment).toBe(0);
        const before = stamp(heap, p, size, alignment % 251);
        const larger = heap.realloc(p, size * 3);
        expect(isWhole(heap, { ...before, address: larger })).toBe(true);
        const smaller = heap.realloc(larger, Math.ceil(size / 3));
        expect(isWhole(heap, { ...before, address: smaller }, Math.ceil(size / 3))).toBe(true);
        heap.free(smaller);
      }
      heap.check();
    }
  });

  it("mixes all calls", () => {
    const heap = dlmalloc.create(options);
    const zeroed = heap.calloc(100, 10);
    expect(heap.memory.u8.subarray(zeroed, zeroed + 1000).every((byte) => byte === 0)).toBe(true);
    const aligned = heap.alignedAlloc(1024, 333);
    const plain = heap.malloc(333);
    const grown = heap.realloc(plain, 3333);
    heap.free(aligned);
    const again = heap.calloc(1, 333);
    expect(heap.memory.u8.subarray(again, again + 333).every((byte) => byte === 0)).toBe(true);
    for (const p of [zeroed, grown, again]) heap.free(p);
    heap.trim();
    heap.check();
  });

  it.each([1, 2, 3])("survives 2000 calls at random, seed %i", (seed) => {
    const heap = dlmalloc.create(options);
    const live: Stamped[] = [];
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const size = (): number => [random(300), random(5000), random(100_000), random(600_000)][random(20) < 18 ? random(2) : 2 + random(2)];
    for (let call = 0; call < 2000; call++) {
      if (live.length > 0 && (live.length > 500 || random(2) === 0)) {
        const [block] = live.splice(random(live.length), 1);
        expect(isWhole(heap, block)).toBe(true);
        if (random(2) === 0) {
          heap.free(block.address);
        } else {
          const bytes = size();
          const moved = heap.realloc(block.address, bytes);
          expect(isWhole(heap, { ...block, address: moved }, Math.min(bytes, block.size))).toBe(true);
          live.push(stamp(heap, moved, bytes, call & 0xff));
        }
      } else {
        const bytes = size();
        const address = random(4) === 0 ? heap.alignedAlloc(2 ** random(13), bytes) : heap.malloc(bytes);
        live.push(stamp(heap, address, bytes, call & 0xff));
      }
      if (call % 50 === 0) heap.check();
    }
    for (const { address } of live) heap.free(address);
    heap.trim();
    heap.check();
    const blocks: number[] = [];
    heap.walk(({ state }) => state === "live" && blocks.push(1));
    expect(blocks).toEqual([]);
  });

  it("answers 0 when memory is exhausted, and serves again", () => {
    const heap = dlmalloc.create({ ...options, memory: fixed(3 * 2 ** 20) });
    const blocks: number[] = [];
    for (let size = 400_000; size > 0; size = Math.floor(size / 2)) {
      for (let p = heap.malloc(size); p !== 0; p = heap.malloc(size)) blocks.push(p);
    }
    expect(heap.malloc(2 ** 32 - 1)).toBe(0);
    expect(heap.malloc(2 ** 32 - 8)).toBe(0);
    expect(heap.calloc(2 ** 20, 2 ** 20)).toBe(0);
    heap.check();
    for (const p of blocks) heap.free(p);
    expect(heap.malloc(2_000_000)).not.toBe(0);
    heap.check();
  });
});

describe("what is easy to get wrong", () => {
  it("the end of the address space does not wrap to 0", () => {
    const heap = dlmalloc.create({ memory: growable({ initial: 2 ** 20, maximum: 2 ** 32 }) });
    const low = heap.malloc(2 ** 31);
    const mspace = heap.mspace(0);
    const blocks: number[] = [];
    for (let size = 2 ** 31; size >= 100; size = Math.floor(size / 2)) {
      for (let p = mspace.malloc(size); p !== 0; p = mspace.malloc(size)) blocks.push(p);
    }
    const ends = blocks.map((p) => p + heap.usableSize(p));
    expect(Math.max(...ends)).toBeGreaterThan(2 ** 32 - 200);
    expect(heap.malloc(300_000)).toBe(0);
    heap.check();
    for (const p of [low, ...blocks]) heap.free(p);
    heap.trim();
    expect(mspace.footprint()).toBe(0);
    heap.check();
  });

  it("a request that fails for the limit is answered by 0, and changes nothing", () => {
    const heap = dlmalloc.create({ footprintLimit: 65536 });
    const p = heap.malloc(60_000);
    expect(heap.malloc(60_000)).toBe(0);
    expect(heap.realloc(p, 100_000)).toBe(0);
    expect(heap.alignedAlloc(4096, 60_000)).toBe(0);
    expect(heap.mspace(0).footprint()).toBe(65536);
    // direct spans are not the mspace's
    expect(heap.malloc(300_000)).not.toBe(0);
    heap.check();
  });

  it("is deterministic", () => {
    const addresses = (): number[] => {
      const heap = dlmalloc.create({ footers: true });
      const all = Array.from({ length: 100 }, (_, i) => heap.malloc(i * 37));
      for (let i = 0; i < 100; i += 3) heap.free(all[i]);
      return [...all, ...Array.from({ length: 50 }, (_, i) => heap.malloc(i * 53))];
    };
    expect(addresses()).toEqual(addresses());
  });
});
