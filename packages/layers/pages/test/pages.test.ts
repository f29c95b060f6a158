import { fixed, growable, HeapCorruptionError, PAGE_BYTES, PAGE_NOTE, pageNote, wasm } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { Pages } from "@heapwright/pages";
import { attach, format, GIB, MIB, morePages, pagesIn } from "./simulate.js";
import { bytesIn, tiles } from "./tiling.js";

/** Acquires and notes every page, as owners do. */
function take(pages: Pages, owner: number, bytes: number, alignment = PAGE_BYTES): number {
  const address = pages.acquire(bytes, alignment);
  if (address !== 0) for (let at = address; at < address + bytes; at += PAGE_BYTES) pages.map.setNote(at, pageNote(owner, 7));
  return address;
}

describe("pages", () => {
  test("spans start behind the header, are page-aligned and do not overlap", () => {
    const { root, memory, layers: pages } = pagesIn();
    const a = take(pages, 1, 1);
    const b = take(pages, 1, 3 * PAGE_BYTES - 5);
    const c = take(pages, 1, PAGE_BYTES);
    expect(a).toBe(Math.ceil(root.end / PAGE_BYTES) * PAGE_BYTES);
    expect([b - a, c - b]).toEqual([PAGE_BYTES, 3 * PAGE_BYTES]);
    pages.release(b, 3 * PAGE_BYTES - 5);
    expect(take(pages, 1, 2 * PAGE_BYTES)).toBe(b);
    pages.check();
    expect(bytesIn("free", tiles(memory, pages, { walk: (visit) => owned(pages, visit) }))).toBeGreaterThan(0);
  });

  test("cannot be acquired before the root is sealed", () => {
    expect(() => format(growable(), (root) => new Pages(root).acquire(1, PAGE_BYTES))).toThrow(/sealed/);
  });

  test("the buffer grows by steps while it can, and exactly where it cannot", () => {
    const { memory, layers: pages } = pagesIn(growable({ initial: MIB, maximum: 3 * MIB + 5 * PAGE_BYTES + 100 }));
    take(pages, 1, MIB);
    expect(memory.end).toBe(2 * MIB);
    take(pages, 1, MIB);
    expect(memory.end).toBe(3 * MIB);
    take(pages, 1, MIB);
    expect(memory.end).toBe(3 * MIB + 5 * PAGE_BYTES + 100);
    tiles(memory, pages, { walk: (visit) => owned(pages, visit) });
  });

  test("a memory that refuses a step is grown exactly, and not beyond", () => {
    const real = new WebAssembly.Memory({ initial: 4, maximum: 19, shared: true });
    const { memory, layers: pages } = pagesIn(wasm(real, { maximum: 64 * MIB }));
    const spans: number[] = [];
    for (let at = take(pages, 1, PAGE_BYTES); at !== 0; at = take(pages, 1, PAGE_BYTES)) spans.push(at);
    expect(memory.end).toBe(19 * PAGE_BYTES);
    expect(spans.at(-1)).toBe(18 * PAGE_BYTES);
    expect(new Set(spans).size).toBe(spans.length);
    expect(take(pages, 1, 5 * PAGE_BYTES)).toBe(0);
    pages.release(spans.pop()!, PAGE_BYTES);
    expect(take(pages, 1, 2 * PAGE_BYTES)).toBe(0);
    expect(take(pages, 1, PAGE_BYTES)).toBe(18 * PAGE_BYTES);
    pages.check();
    tiles(memory, pages, { walk: (visit) => owned(pages, visit) });
  });

  test("a request that cannot be backed leaves what is backed to smaller ones", () => {
    const { memory, layers: pages } = pagesIn(fixed(20 * PAGE_BYTES));
    expect(pages.acquire(64 * MIB)).toBe(0);
    expect(pages.acquire(2 ** 32)).toBe(0);
    const served = take(pages, 1, 18 * PAGE_BYTES);
    expect(served).not.toBe(0);
    expect(pages.acquire(2 * PAGE_BYTES)).toBe(0);
    pages.release(served, 18 * PAGE_BYTES);
    expect(take(pages, 1, 18 * PAGE_BYTES)).toBe(served);
    tiles(memory, pages, { walk: (visit) => owned(pages, visit) });
  });

  test.each([1, 100, 65535, 65536, 65537, 2 * PAGE_BYTES - 1, 7 * PAGE_BYTES + 4321])("%i bytes more than the header needs", (more) => {
    const { memory, root, layers: pages } = pagesIn(fixed(16384 + more));
    const whole = Math.floor(memory.end / PAGE_BYTES) - Math.ceil(root.end / PAGE_BYTES);
    for (let page = 0; page < whole; page++) expect(take(pages, 1, 1)).not.toBe(0);
    expect(pages.acquire(1)).toBe(0);
    tiles(memory, pages, { walk: (visit) => owned(pages, visit) });
    pages.check();
  });

  test("alignments beyond a page", () => {
    const { layers: pages } = pagesIn(growable({ initial: MIB, maximum: 4 * GIB }));
    for (let alignment = PAGE_BYTES; alignment <= 2 ** 31; alignment *= 2) {
      const address = take(pages, 1, 3 * PAGE_BYTES, alignment);
      expect(address).toBeGreaterThan(0);
      expect(address % alignment).toBe(0);
      pages.release(address, 3 * PAGE_BYTES);
    }
    pages.check();
  });

  test("the last page below 4 GiB", () => {
    const { memory, layers: pages } = pagesIn(growable({ initial: MIB, maximum: 4 * GIB }));
    const low = take(pages, 1, 2 * GIB);
    const high = take(pages, 2, 4 * GIB - low - 2 * GIB);
    expect(low + 2 * GIB).toBe(high);
    expect(PAGE_NOTE.owner.get(pages.map.noteAt(4 * GIB - 1))).toBe(2);
    expect(PAGE_NOTE.owner.get(pages.map.noteAt(high - 1))).toBe(1);
    memory.u8[4 * GIB - 1] = 1;
    expect(memory.u8[4 * GIB - 1]).toBe(1);
    expect(pages.acquire(1)).toBe(0);
    pages.release(high, 4 * GIB - high);
    expect(take(pages, 2, PAGE_BYTES, 2 ** 28) % 2 ** 28).toBe(0);
    pages.check();
  });

  test("a heap above a base leaves what is below alone", () => {
    const real = new WebAssembly.Memory({ initial: 40, maximum: 64, shared: true });
    new Uint8Array(real.buffer).fill(0xee);
    const { memory, layers: pages } = pagesIn(wasm(real, { base: 10 * PAGE_BYTES + 52, maximum: 4 * MIB }));
    const address = take(pages, 1, PAGE_BYTES);
    expect(address).toBeGreaterThan(10 * PAGE_BYTES);
    expect(pages.lastWasZero).toBe(false);
    expect(new Uint8Array(real.buffer, 0, memory.base).every((byte) => byte === 0xee)).toBe(true);
    expect(pages.acquire(4 * MIB)).toBe(0);
    expect(pages.map.noteAt(0)).toBe(0);
    tiles(memory, pages, { walk: (visit) => owned(pages, visit) });
  });

  test("notes and details are gone when a span comes back", () => {
    const { memory, layers: pages } = pagesIn();
    const owner = pages.map.newOwner();
    expect(pages.map.newOwner()).toBe(owner + 1);
    const span = take(pages, owner, 2 * PAGE_BYTES);
    memory.i32[pages.map.detailWord(span + PAGE_BYTES)] = 99;
    expect(pages.map.noteAt(span + 2 * PAGE_BYTES - 1)).toBe(pageNote(owner, 7));
    pages.release(span, 2 * PAGE_BYTES);
    expect([pages.map.noteAt(span), pages.map.noteAt(span + PAGE_BYTES)]).toEqual([0, 0]);
    pages.check();
    const again = pages.acquire(2 * PAGE_BYTES);
    expect(again).toBe(span);
    expect(memory.i32[pages.map.detailWord(again + PAGE_BYTES)]).toBe(0);
    expect(PAGE_NOTE.owner.get(pages.map.noteAt(again))).toBe(0);
  });

  test("there is no note outside the memory, and no sixteenth owner", () => {
    const { layers: pages } = pagesIn(fixed(10 * PAGE_BYTES));
    expect([pages.map.noteAt(0), pages.map.noteAt(10 * PAGE_BYTES), pages.map.noteAt(2 ** 32 - 1)]).toEqual([0, 0, 0]);
    for (let owner = 1; owner <= 15; owner++) expect(pages.map.newOwner()).toBe(owner);
    expect(() => pages.map.newOwner()).toThrow(RangeError);
  });

  test("a span grows in place where the pages behind it are free", () => {
    const { layers: pages } = pagesIn(fixed(12 * PAGE_BYTES));
    const span = take(pages, 1, PAGE_BYTES);
    expect(pages.extend(span, PAGE_BYTES, 4 * PAGE_BYTES)).toBe(true);
    const next = take(pages, 1, PAGE_BYTES);
    expect(next).toBe(span + 4 * PAGE_BYTES);
    expect(pages.extend(span, 4 * PAGE_BYTES, 5 * PAGE_BYTES)).toBe(false);
    expect(pages.extend(next, PAGE_BYTES, 64 * MIB)).toBe(false);
    expect(pages.extend(next, PAGE_BYTES, 10)).toBe(true);
    pages.release(span, 4 * PAGE_BYTES);
    pages.check();
  });

  test("only pages that nobody has had are said to be zero", () => {
    const heap = pagesIn();
    const other = morePages(heap);
    const a = take(heap.layers, 1, PAGE_BYTES);
    expect(heap.layers.lastWasZero).toBe(true);
    expect(take(other.layers, 1, 2 * PAGE_BYTES)).toBe(a + PAGE_BYTES);
    expect(other.layers.lastWasZero).toBe(true);
    heap.layers.release(a, PAGE_BYTES);
    take(other.layers, 1, PAGE_BYTES);
    expect(other.layers.lastWasZero).toBe(false);
    take(heap.layers, 1, PAGE_BYTES);
    expect(heap.layers.lastWasZero).toBe(true);
  });

  test("a buffer that held something else is zero nowhere", () => {
    const { layers: pages } = pagesIn(fixed(new SharedArrayBuffer(MIB)));
    take(pages, 1, PAGE_BYTES);
    expect(pages.lastWasZero).toBe(false);
  });

  test("growth by one thread is seen by another that never looked", () => {
    const heap = pagesIn();
    const other = morePages(heap);
    const far = take(heap.layers, 3, 8 * MIB);
    expect(other.memory.end).toBe(MIB);
    expect(other.layers.map.noteAt(far + 8 * MIB - 1)).toBe(pageNote(3, 7));
    const next = take(other.layers, 3, PAGE_BYTES);
    expect(next).toBe(far + 8 * MIB);
    expect(other.memory.end).toBeGreaterThan(next);
    other.layers.release(far, 8 * MIB);
    expect(take(other.layers, 3, 8 * MIB)).toBe(far);
    heap.layers.check();
    other.layers.check();
  });

  test("counts what is mapped, with the header, and the peak of it", () => {
    const heap = pagesIn();
    const other = morePages(heap);
    const header = Math.ceil(heap.root.end / PAGE_BYTES) * PAGE_BYTES;
    expect(heap.layers.mappedBytes()).toBe(header);
    const a = take(heap.layers, 1, 5 * PAGE_BYTES);
    take(other.layers, 1, PAGE_BYTES);
    heap.layers.release(a, 3 * PAGE_BYTES);
    expect(other.layers.mappedBytes()).toBe(header + 3 * PAGE_BYTES);
    expect(other.layers.peakMappedBytes()).toBe(header + 6 * PAGE_BYTES);
    expect(heap.layers.metadataBytes()).toBe(heap.root.end);
  });

  test("a second release is noticed", () => {
    const { layers: pages } = pagesIn();
    const span = take(pages, 1, PAGE_BYTES);
    pages.release(span, PAGE_BYTES);
    expect(() => pages.release(span, PAGE_BYTES)).toThrow(HeapCorruptionError);
  });

  test("a claimed page without an owner is reported as lost", () => {
    const { memory, layers: pages } = pagesIn();
    const address = pages.acquire(PAGE_BYTES);
    const lost = tiles(memory, pages).filter(({ state }) => state === "lost");
    expect(lost).toEqual([{ address, bytes: PAGE_BYTES, state: "lost", layer: "pages", block: 0 }]);
  });

  test("check finds a note on a free page and a wrong count", () => {
    const heap = pagesIn();
    const span = take(heap.layers, 1, PAGE_BYTES);
    heap.layers.map.setNote(span + PAGE_BYTES, 1);
    expect(() => heap.layers.check()).toThrow(/the page is free and has the note/);
    heap.layers.map.setNote(span + PAGE_BYTES, 0);
    heap.layers.check();
    attach(heap.handle, (root) => new Pages(root)).layers.check();
  });
});

/** Stands in for the owners, who report the pages they noted. */
function owned(pages: Pages, visit: Parameters<Pages["walk"]>[0]): void {
  for (let page = 0; page < pages.map.pages; page++) {
    const address = page * PAGE_BYTES;
    if (PAGE_NOTE.owner.get(pages.map.noteAt(address)) === 0) continue;
    visit({ address, bytes: PAGE_BYTES, state: "cached", layer: "test", block: 0 });
  }
}
