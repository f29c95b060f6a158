import { fixed, growable, HeapCorruptionError, InvalidAddressError, PAGE_BYTES, pageNote, wasm, type MemorySource, type Root } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FRAGMENT_DETAIL, LARGEST_FRAGMENT, LargeObjects, Pages } from "@heapwright/pages";
import { attach, format, GIB, MIB, type Thread } from "./simulate.js";
import { bytesIn, tiles } from "./tiling.js";

const UNIT = 4096;

interface Layers {
  readonly pages: Pages;
  readonly large: LargeObjects;
}

function build(root: Root): Layers {
  const pages = new Pages(root);
  return { pages, large: new LargeObjects(root, pages) };
}

function heap(source: MemorySource = growable({ initial: MIB, maximum: 64 * MIB })): Thread<Layers> {
  return format(source, build);
}

function prove({ memory, layers: { pages, large } }: Thread<Layers>): ReturnType<typeof tiles> {
  pages.check();
  large.check();
  return tiles(memory, pages, large);
}

describe("objects of whole pages", () => {
  test("are spans of their own, and go back", () => {
    const thread = heap();
    const { large, pages } = thread.layers;
    const before = pages.mappedBytes();
    const a = large.allocate(PAGE_BYTES + 1);
    const b = large.allocate(LARGEST_FRAGMENT + 1);
    expect([a % PAGE_BYTES, b - a]).toEqual([0, 2 * PAGE_BYTES]);
    expect([large.usableSize(a), large.usableSize(b)]).toEqual([2 * PAGE_BYTES, PAGE_BYTES]);
    expect(pages.mappedBytes() - before).toBe(3 * PAGE_BYTES);
    expect(prove(thread).filter(({ state }) => state === "live").map(({ block }) => block)).toEqual([a, b]);
    large.free(a);
    expect(large.owns(a)).toBe(false);
    expect(large.allocate(2 * PAGE_BYTES)).toBe(a);
    large.free(a);
    large.free(b);
    expect(pages.mappedBytes()).toBe(before);
    expect(bytesIn("live", prove(thread))).toBe(0);
  });

  test("shrink and grow in place", () => {
    const thread = heap();
    const { large } = thread.layers;
    const a = large.allocate(8 * PAGE_BYTES);
    expect(large.resize(a, 3 * PAGE_BYTES)).toBe(true);
    expect(large.usableSize(a)).toBe(3 * PAGE_BYTES);
    const b = large.allocate(2 * PAGE_BYTES);
    expect(b).toBe(a + 3 * PAGE_BYTES);
    expect(large.resize(a, 3 * PAGE_BYTES + 1)).toBe(false);
    expect(large.resize(b, 20 * PAGE_BYTES)).toBe(true);
    expect(large.resize(b, 19 * PAGE_BYTES + 1)).toBe(true);
    expect(large.resize(a, 0)).toBe(true);
    expect(large.usableSize(a)).toBe(PAGE_BYTES);
    expect(large.resize(b, 2 ** 32 - 1)).toBe(false);
    expect(bytesIn("live", prove(thread))).toBe(21 * PAGE_BYTES);
    expect(() => large.usableSize(b + 3 * PAGE_BYTES)).toThrow(InvalidAddressError);
  });
});

describe("objects below a page", () => {
  test("share pages, and the last one gives its page back", () => {
    const thread = heap();
    const { large, pages } = thread.layers;
    const before = pages.mappedBytes();
    const blocks = [0, 1, UNIT, UNIT + 1, 5 * UNIT, 6 * UNIT].map((bytes) => large.allocate(bytes));
    expect(blocks.map((address) => (address - blocks[0]) / UNIT)).toEqual([0, 1, 2, 3, 5, 10]);
    expect(blocks.map((address) => large.usableSize(address) / UNIT)).toEqual([1, 1, 1, 2, 5, 6]);
    expect(pages.mappedBytes() - before).toBe(PAGE_BYTES);
    const next = large.allocate(1);
    expect(pages.mappedBytes() - before).toBe(2 * PAGE_BYTES);
    prove(thread);
    for (const address of [...blocks, next]) large.free(address);
    expect(pages.mappedBytes()).toBe(before);
    expect(bytesIn("live", prove(thread))).toBe(0);
  });

  test("fill the holes that others left", () => {
    const { large, pages } = heap().layers;
    const blocks = Array.from({ length: 64 }, () => large.allocate(UNIT));
    const mapped = pages.mappedBytes();
    for (let i = 0; i < 64; i += 2) large.free(blocks[i]);
    expect(large.allocate(2 * UNIT)).toBe(blocks[63] + UNIT);
    const refilled = Array.from({ length: 32 }, () => large.allocate(1)).sort((a, b) => a - b);
    expect(refilled).toEqual(blocks.filter((_, i) => i % 2 === 0));
    expect(pages.mappedBytes()).toBe(mapped + PAGE_BYTES);
  });

  test("shrink and grow in place", () => {
    const thread = heap();
    const { large } = thread.layers;
    const a = large.allocate(4 * UNIT);
    expect(large.resize(a, 1)).toBe(true);
    const b = large.allocate(UNIT);
    expect(b).toBe(a + UNIT);
    expect(large.resize(a, UNIT + 1)).toBe(false);
    expect(large.resize(b, 15 * UNIT)).toBe(true);
    expect(large.resize(b, 15 * UNIT + 1)).toBe(false);
    expect(large.resize(b, 2 ** 32 - 1)).toBe(false);
    large.free(a);
    expect(large.resize(b, 2 * UNIT)).toBe(true);
    expect(bytesIn("live", prove(thread))).toBe(2 * UNIT);
    const c = large.allocate(1);
    expect(c).toBe(a);
    large.free(b);
    expect(large.resize(c, PAGE_BYTES)).toBe(true);
    prove(thread);
  });
});

test("alignments from 32 bytes to 2 GiB", () => {
  const thread = heap(growable({ initial: MIB, maximum: 4 * GIB }));
  const { large } = thread.layers;
  for (const bytes of [0, 1, UNIT, 3 * UNIT, LARGEST_FRAGMENT, LARGEST_FRAGMENT + 1, 3 * PAGE_BYTES]) {
    for (let alignment = 32; alignment <= 2 ** 31; alignment *= 2) {
      const blocker = large.allocate(UNIT);
      const address = large.allocateAligned(alignment, bytes);
      expect(address).toBeGreaterThan(0);
      expect(address % alignment).toBe(0);
      expect(large.usableSize(address)).toBeGreaterThanOrEqual(bytes);
      prove(thread);
      large.free(address);
      large.free(blocker);
    }
  }
});

test("sizes that nothing can hold, and memory that is used up, give 0 until something is freed", () => {
  const thread = heap(fixed(12 * PAGE_BYTES));
  const { large } = thread.layers;
  expect([large.allocate(2 ** 32 - 1), large.allocate(2 ** 31), large.allocateAligned(2 ** 31, 1), large.allocate(12 * PAGE_BYTES)]).toEqual([0, 0, 0, 0]);
  const blocks: number[] = [];
  for (let address = large.allocate(2 * PAGE_BYTES); address !== 0; address = large.allocate(2 * PAGE_BYTES)) blocks.push(address);
  for (let address = large.allocate(7 * UNIT); address !== 0; address = large.allocate(7 * UNIT)) blocks.push(address);
  expect(large.allocate(3 * UNIT)).toBe(0);
  expect(large.allocate(2 * UNIT)).not.toBe(0);
  prove(thread);
  large.free(blocks[0]);
  expect(large.allocate(2 * PAGE_BYTES)).toBe(blocks[0]);
});

test("work past 2 GiB", () => {
  const thread = heap(growable({ initial: MIB, maximum: 4 * GIB }));
  const { large } = thread.layers;
  const low = large.allocate(3 * GIB);
  const high = large.allocate(PAGE_BYTES);
  const small = large.allocate(UNIT);
  expect([high > 3 * GIB, small > high]).toEqual([true, true]);
  expect(large.usableSize(low)).toBe(3 * GIB);
  expect(large.resize(high, 1)).toBe(true);
  expect(large.resize(low, GIB)).toBe(true);
  expect(large.resize(low, 2 * GIB + 1)).toBe(true);
  thread.memory.u8[low + 2 * GIB] = 1;
  expect(thread.memory.u8[low + 2 * GIB]).toBe(1);
  prove(thread);
  for (const address of [low, high, small]) large.free(address);
  expect(bytesIn("live", prove(thread))).toBe(0);
});

test("in a WebAssembly.Memory above a base, smaller than was said", () => {
  const real = new WebAssembly.Memory({ initial: 20, maximum: 40, shared: true });
  const thread = heap(wasm(real, { base: 3 * PAGE_BYTES + 16, maximum: GIB }));
  const { large } = thread.layers;
  expect(large.allocate(40 * PAGE_BYTES)).toBe(0);
  const blocks: number[] = [];
  for (let address = large.allocate(3 * PAGE_BYTES); address !== 0; address = large.allocate(3 * PAGE_BYTES)) blocks.push(address);
  for (let address = large.allocate(1); address !== 0; address = large.allocate(1)) blocks.push(address);
  expect(bytesIn("free", prove(thread))).toBe(0);
  expect(thread.memory.end).toBe(40 * PAGE_BYTES);
  for (const address of blocks) large.free(address);
  expect(bytesIn("live", prove(thread))).toBe(0);
});

test("fresh pages are known to be zero, others not", () => {
  const { large } = heap().layers;
  const a = large.allocate(PAGE_BYTES);
  expect(large.isZero(a, PAGE_BYTES)).toBe(true);
  const b = large.allocate(UNIT);
  expect(large.isZero(b, UNIT)).toBe(true);
  const c = large.allocate(UNIT);
  expect(large.isZero(c, UNIT)).toBe(false);
  large.free(a);
  expect(large.isZero(large.allocate(PAGE_BYTES), PAGE_BYTES)).toBe(false);
});

test("every address but a live object's start is refused, and nothing changes", () => {
  const thread = heap();
  const { large, pages } = thread.layers;
  const other = pages.acquire(PAGE_BYTES);
  pages.map.setNote(other, pageNote(pages.map.newOwner(), 1));
  const small = large.allocate(2 * UNIT);
  const whole = large.allocate(2 * PAGE_BYTES);
  const gone = large.allocate(PAGE_BYTES);
  large.free(gone);
  const wrong = [
    1, 8, thread.root.end, other, small + 1, small + 16, small + UNIT, small + 2 * UNIT, small + 15 * UNIT, whole - 16, whole + 1,
    whole + UNIT, whole + PAGE_BYTES, gone, gone + UNIT, 64 * MIB, 2 ** 31, 2 ** 32 - 1,
  ];
  for (const address of wrong) {
    expect(() => large.free(address), `free ${address}`).toThrow(InvalidAddressError);
    expect(() => large.usableSize(address), `usableSize ${address}`).toThrow(InvalidAddressError);
    expect(() => large.resize(address, 1), `resize ${address}`).toThrow(InvalidAddressError);
  }
  expect([large.usableSize(small), large.usableSize(whole)]).toEqual([2 * UNIT, 2 * PAGE_BYTES]);
  large.free(small);
  expect(() => large.free(small)).toThrow(InvalidAddressError);
  expect([large.owns(whole + PAGE_BYTES), large.owns(other), large.owns(gone), large.owns(2 ** 32 - 1)]).toEqual([true, false, false, false]);
});

test("a thread frees and resizes what another has made beyond its views", () => {
  const first = heap();
  const second = attach(first.handle, build);
  const far = first.layers.large.allocate(5 * MIB);
  const small = first.layers.large.allocate(UNIT);
  const { large } = second.layers;
  expect(second.memory.end).toBe(MIB);
  expect(large.usableSize(far)).toBe(5 * MIB);
  expect(large.resize(small, 2 * UNIT)).toBe(true);
  expect(large.allocate(UNIT)).toBe(small + 2 * UNIT);
  large.free(far);
  expect(first.layers.large.allocate(5 * MIB)).toBe(far);
  prove(first);
  prove(second);
});

test("check finds objects whose pages are not theirs and units without a block", () => {
  const { memory, layers: { large, pages } } = heap();
  const whole = large.allocate(3 * PAGE_BYTES);
  const small = large.allocate(UNIT);
  const detail = pages.map.detailWord(small);
  const word = memory.i32[detail];
  memory.i32[detail] = FRAGMENT_DETAIL.used.set(word, 5);
  expect(() => large.check()).toThrow(/some without a block/);
  let walked = 0;
  large.walk(({ bytes }) => (walked += bytes));
  expect(walked).toBe(4 * PAGE_BYTES);
  memory.i32[detail] = FRAGMENT_DETAIL.first.set(word, 3);
  expect(() => large.check()).toThrow(/begin blocks, but only/);
  memory.i32[detail] = 0;
  expect(() => large.check()).toThrow(HeapCorruptionError);
  memory.i32[detail] = word;
  large.check();
  memory.i32[pages.map.detailWord(whole)] = 4;
  expect(() => large.check()).toThrow(/page 3 of the 4 pages/);
});

test("does what a list of objects does", () => {
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: PAGE_BYTES }),
    fc.integer({ min: 0, max: 12 * PAGE_BYTES }),
    fc.constantFrom(0, 1, UNIT, UNIT + 1, LARGEST_FRAGMENT, LARGEST_FRAGMENT + 1, PAGE_BYTES),
  );
  const step = fc.record({
    kind: fc.constantFrom("allocate", "allocate", "align", "free", "resize"),
    thread: fc.nat({ max: 1 }),
    pick: fc.nat(),
    bytes: sizes,
    shift: fc.integer({ min: 4, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const first = heap(growable({ initial: 3 * PAGE_BYTES, maximum: 40 * PAGE_BYTES }));
      const threads = [first, attach(first.handle, build)];
      const live = new Map<number, number>();
      for (const { kind, thread, pick, bytes, shift } of steps) {
        const { large } = threads[thread].layers;
        const address = [...live.keys()][pick % Math.max(1, live.size)];
        if (kind === "allocate" || kind === "align") {
          const made = kind === "align" ? large.allocateAligned(2 ** shift, bytes) : large.allocate(bytes);
          if (made === 0) continue;
          if (kind === "align") expect(made % 2 ** shift).toBe(0);
          expect(live.has(made)).toBe(false);
          live.set(made, bytes);
        } else if (address !== undefined && kind === "free") {
          large.free(address);
          live.delete(address);
          expect(() => large.free(address)).toThrow(InvalidAddressError);
        } else if (address !== undefined) {
          const before = large.usableSize(address);
          if (large.resize(address, bytes)) live.set(address, bytes);
          else expect([bytes > before, large.usableSize(address)]).toEqual([true, before]);
        }
        for (const [address, bytes] of live) expect(large.usableSize(address)).toBeGreaterThanOrEqual(bytes);
        const reported = prove(first).filter(({ state }) => state === "live").map(({ block }) => block);
        expect(reported).toEqual([...live.keys()].sort((a, b) => a - b));
      }
      for (const address of live.keys()) first.layers.large.free(address);
      expect(bytesIn("live", prove(first))).toBe(0);
    }),
    { numRuns: 60 },
  );
});
