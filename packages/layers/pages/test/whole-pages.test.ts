import { growable, HeapCorruptionError, InvalidAddressError, PAGE_BYTES, pageNote, type Root } from "@heapwright/core";
import { expect, test } from "vitest";
import { Pages, SPAN_DETAIL, WholePages } from "@heapwright/pages";
import { format, MIB, type Thread } from "./simulate.js";
import { tiles } from "./tiling.js";

interface Layers {
  readonly pages: Pages;
  readonly objects: WholePages;
}

function heap(): Thread<Layers> {
  return format(growable({ initial: MIB, maximum: 16 * MIB }), (root: Root) => {
    const pages = new Pages(root);
    return { pages, objects: new WholePages(root, pages) };
  });
}

test("by themselves, objects of whole pages serve every size and alignment, and never less than a page", () => {
  const { memory, layers: { pages, objects } } = heap();
  const small = objects.allocate(0);
  const aligned = objects.allocateAligned(MIB, 100);
  expect([small % PAGE_BYTES, aligned % MIB]).toEqual([0, 0]);
  expect([small, aligned].map((object) => objects.usableSize(object))).toEqual([PAGE_BYTES, PAGE_BYTES]);
  expect(objects.isZero(aligned, 100)).toBe(true);
  expect(objects.resize(aligned, 3 * PAGE_BYTES)).toBe(true);
  expect(objects.resize(aligned, 0)).toBe(true);
  expect(objects.usableSize(aligned)).toBe(PAGE_BYTES);
  const live = tiles(memory, pages, objects).filter(({ state }) => state === "live");
  expect(live.map(({ block, bytes }) => [block, bytes])).toEqual([small, aligned].map((block) => [block, PAGE_BYTES]));
  objects.check();
  for (const object of [small, aligned]) objects.free(object);
  expect(objects.allocate(16 * MIB)).toBe(0);
});

test("what is at an address instead of an object is said", () => {
  const { layers: { pages, objects } } = heap();
  const object = objects.allocate(2 * PAGE_BYTES);
  const other = pages.acquire(PAGE_BYTES);
  pages.map.setNote(other, pageNote(pages.map.newOwner(), 1));
  const refusals = [object + 16, object + PAGE_BYTES, other].map((address) => {
    expect(() => objects.free(address)).toThrow(InvalidAddressError);
    try {
      return objects.usableSize(address);
    } catch (error) {
      return (error as Error).message.replace(/.*: /, "");
    }
  });
  const within = "it lies within an object of several pages";
  expect(refusals).toEqual([within, within, "its page holds no large objects"]);
  expect([object, object + PAGE_BYTES, other].map((address) => objects.owns(address))).toEqual([true, true, false]);
});

test.each([
  ["says that it has more pages", SPAN_DETAIL.pages.set(0, 3), 0, "page 2 of the 3 pages of the object there is somebody else's"],
  ["says that it has none", 0, 0, "an object of no pages starts there"],
  ["has a detail in a later page", SPAN_DETAIL.pages.set(0, 2), 7, "page 1 of the 2 pages of the object there has a detail"],
])("check finds an object that %s", (_, detail, later, found) => {
  const { memory, layers: { pages, objects } } = heap();
  const object = objects.allocate(2 * PAGE_BYTES);
  objects.allocate(1);
  const word = pages.map.detailWord(object);
  memory.i32[word] = detail;
  memory.i32[pages.map.detailWord(object + PAGE_BYTES)] = later;
  expect(() => objects.check()).toThrow(HeapCorruptionError);
  expect(() => objects.check()).toThrow(found);
});
