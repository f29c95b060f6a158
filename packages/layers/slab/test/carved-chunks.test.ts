import { definePreset } from "@heapwright/combine";
import { fixed, PAGE_BYTES, type Heap, type HeapOptions, type Preset, type Region } from "@heapwright/core";
import { BOEHM_STACK, BoehmStack, TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { Pages } from "@heapwright/pages";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CarvedChunks, ChunkBudget, LARGEST_CARVED_REQUEST, type StackMaker } from "../src/index.js";

const STACKS: [name: string, make: StackMaker][] = [
  ["tagged stacks", (root) => new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK))],
  ["Boehm's stacks", (root) => new BoehmStack(root.memory, root.claimStruct(BOEHM_STACK), root.threads.id)],
];

function preset(makeStack: StackMaker, staticChunks: number, beyond: "stop" | "grow" = "stop"): Preset {
  return definePreset<HeapOptions>({
    name: "carved",
    progress: "lock-free",
    settings: () => ({}),
    build(root) {
      const pages = new Pages(root);
      return { pages, allocator: new CarvedChunks(root, pages, new ChunkBudget(root, pages, staticChunks, beyond), makeStack) };
    },
  });
}

function regions(heap: Heap, state: Region["state"]): Region[] {
  const found: Region[] = [];
  heap.walk((region) => region.state === state && region.layer === "carved chunk" && found.push(region));
  return found;
}

describe.each(STACKS)("chunks carved onto %s", (_name, makeStack) => {
  const small = (chunks = 20): Heap => preset(makeStack, chunks).create({ memory: fixed((chunks + 1) * PAGE_BYTES) });

  it("hold the published number of blocks for every class", () => {
    const expected = [4095, 2047, 1023, 511, 255, 127, 63, 31, 15, 7, 3, 1, 1];
    expected.forEach((count, index) => {
      const heap = small(1);
      const size = index === 12 ? LARGEST_CARVED_REQUEST : 2 ** (index + 4) - 4;
      let served = 0;
      while (heap.malloc(size) !== 0) served++;
      expect(served).toBe(count);
      heap.check();
    });
  });

  it("serve every size from the smallest class that fits, aligned to 16", () => {
    const heap = small(40);
    for (let size = 0; size <= LARGEST_CARVED_REQUEST; size += size < 5000 ? 1 : 997) {
      const p = heap.malloc(size);
      const usable = heap.usableSize(p);
      expect(p % 16).toBe(0);
      expect(usable).toBeGreaterThanOrEqual(size);
      if (size > 12) expect(usable).toBeLessThan(Math.max(2 * (size + 4), size > 32764 ? 65521 : 0));
      heap.free(p);
    }
    heap.check();
  });

  it("give 0 when the static heap is used up, and serve again after a free", () => {
    const heap = small(3);
    const held: number[] = [];
    for (let p = heap.malloc(30000); p !== 0; p = heap.malloc(30000)) held.push(p);
    expect(held).toHaveLength(3);
    expect(heap.malloc(10)).toBe(0);
    heap.free(held[1]);
    expect(heap.malloc(30000)).toBe(held[1]);
    expect(heap.malloc(LARGEST_CARVED_REQUEST + 1)).toBe(0);
    heap.check();
  });

  it("do not burn the heap on requests of 32 to 64 KiB, as the original does", () => {
    const heap = small(4);
    const p = heap.malloc(40000);
    expect(p).toBeGreaterThan(0);
    expect(heap.usableSize(p)).toBe(65520);
    for (let i = 0; i < 100; i++) heap.free(heap.malloc(40000));
    expect(heap.malloc(20)).toBeGreaterThan(0);
    heap.check();
  });

  it("refuse a second free, an address inside a block, in the waste, and of an aligned block's real start", () => {
    const heap = small();
    const p = heap.malloc(100);
    const other = heap.malloc(100);
    heap.free(p);
    const invalid = expect.objectContaining({ name: "InvalidAddressError" });
    const aligned = heap.alignedAlloc(256, 100);
    const start = regions(heap, "live").find((region) => region.block === aligned)!.address + 4;
    for (const bad of [p, other + 16, other + 1, other - 4, PAGE_BYTES + 4, ...(start === aligned ? [] : [start])]) {
      expect(() => heap.free(bad)).toThrow(invalid);
      expect(() => heap.usableSize(bad)).toThrow(invalid);
      expect(() => heap.realloc(bad, 1)).toThrow(invalid);
    }
    heap.check();
    expect(regions(heap, "live").map((region) => region.block).sort()).toEqual([other, aligned].sort());
  });

  it("find aligned blocks again", () => {
    const heap = small(34);
    for (let alignment = 1; alignment <= 32768; alignment *= 2) {
      const held = [1, 24, 1000].map((size) => heap.alignedAlloc(alignment, size));
      for (const [i, p] of held.entries()) {
        expect(p % Math.max(alignment, 16)).toBe(0);
        expect(heap.usableSize(p)).toBeGreaterThanOrEqual([1, 24, 1000][i]);
      }
      held.forEach((p) => heap.free(p));
    }
    heap.check();
    expect(regions(heap, "live")).toEqual([]);
  });

  it("stay sound through any sequence of operations", () => {
    const operation = fc.oneof(
      fc.record({ do: fc.constant("malloc" as const), size: fc.integer({ min: 0, max: 70000 }) }),
      fc.record({ do: fc.constant("align" as const), size: fc.integer({ min: 0, max: 3000 }), log2: fc.nat(12) }),
      fc.record({ do: fc.constant("free" as const), which: fc.nat() }),
    );
    fc.assert(fc.property(fc.array(operation, { maxLength: 60 }), (script) => {
      const heap = small(12);
      const live: number[] = [];
      for (const step of script) {
        if (step.do === "free") {
          if (live.length > 0) heap.free(live.splice(step.which % live.length, 1)[0]);
        } else {
          const p = step.do === "malloc" ? heap.malloc(step.size) : heap.alignedAlloc(2 ** step.log2, step.size);
          if (p !== 0) live.push(p);
        }
        heap.check();
        expect(regions(heap, "live").map((region) => region.block).sort()).toEqual([...live].sort());
      }
    }), { numRuns: 60 });
  });

  it("are shared by threads: what one frees the other gets, also past its views", () => {
    const mine = preset(makeStack, 1, "grow").create({ initialBytes: 131072, maximumBytes: 2 ** 24 });
    const theirs = preset(makeStack, 1, "grow").attach(mine.handle);
    const held = Array.from({ length: 100 }, () => theirs.malloc(20000));
    expect(held.every((p) => p > 0)).toBe(true);
    for (const p of held) mine.free(p);
    expect(held).toContain(mine.malloc(20000));
    mine.check();
  });

  it("lose at most the block in hand when a thread dies, and say so", () => {
    const heap = small(2);
    const kept = heap.malloc(60);
    const dying = preset(makeStack, 2).attach(heap.handle);
    const inHand = dying.malloc(60);
    // what a death between pop and header leaves: a block off the stack whose header is still a link
    dying.memory.i32[(inHand - 4) >>> 2] = 0;
    dying[Symbol.dispose]();
    expect(() => heap.check()).toThrow(/lost, though no thread has died/);
    const dead = preset(makeStack, 2).attach(heap.handle);
    expect(heap.reclaim(dead.threadId)).toBe(true);
    heap.check();
    expect(regions(heap, "lost").map((region) => region.address)).toEqual([inHand - 4]);
    heap.free(kept);
  });

  it("notice a header that was overwritten", () => {
    const heap = small(2);
    const p = heap.malloc(60);
    heap.memory.i32[(p - 4) >>> 2] = 0x00ff0001;
    expect(() => heap.check()).toThrow(expect.objectContaining({ name: "HeapCorruptionError" }));
  });
});
