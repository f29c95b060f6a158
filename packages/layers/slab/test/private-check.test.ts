// What `check` says of private pages in which one word is wrong; and that it says nothing when the word is as it was.
import { HeapCorruptionError } from "@heapwright/core";
import { expect, it } from "vitest";
import { PRIVATE_PAGES } from "../src/private/page-ownership.js";
import { FREE_UNIT, liveWord, PRIVATE_NOTE, PRIVATE_PAGE, unitValue, unitWord } from "../src/private/private-layout.js";
import { PRIVATE_ROW } from "../src/private/thread-row.js";
import { privateHeap, type PrivateThread } from "./private-heap.js";

/** A page with slabs of two classes, a block of two units, an empty slab, units that are free; and a block that another thread has freed. */
interface Scene extends PrivateThread {
  /** Words of the page, and of its thread. */
  readonly page: number;
  readonly row: number;
  readonly slab: number;
  readonly units: number;
  readonly onItsWay: number;
  readonly sizeClass: number;
}

function scene(): Scene {
  const one = privateHeap();
  const { slabs } = one;
  const [, ...freed] = Array.from({ length: 5 }, () => slabs.allocate(2048));
  const slab = slabs.allocate(1024);
  const units = slabs.allocateAligned(4096, 8192);
  for (const block of freed.slice(0, 2)) slabs.free(block);
  const other = one.join();
  const onItsWay = slabs.allocate(1024);
  other.slabs.free(onItsWay);
  other.heap[Symbol.dispose]();
  const page = (slab & -65536) >>> 2;
  // the row is in the last unit
  return { ...one, page, row: page + (15 * 4096) / 4, slab, units, onItsWay, sizeClass: slabs.classAt(slab) };
}

/** A word, and what is written there. */
type Damage = (scene: Scene) => readonly [word: number, value: number];

const DAMAGES: readonly (readonly [complaint: string, damage: Damage])[] = [
  ["live bits of units that hold no blocks", ({ page }) => [page + PRIVATE_PAGE.live + 14 * 8, 1]],
  ["a unit of a run that begins elsewhere", ({ units }) => [unitWord(units), FREE_UNIT]],
  ["a slab of class 5000", ({ slab }) => [unitWord(slab), unitValue(slab, 0, 5000)]],
  ["a slab whose blocks are freed in way 5, which is none", ({ slab, sizeClass }) => [unitWord(slab), unitValue(slab, 5, sizeClass)]],
  ["a live bit that stands for no block", ({ slab }) => [liveWord(slab) + 7, 1]],
  ["a block of whole units that is not live", ({ units }) => [liveWord(units), 0]],
  ["its free units are not those that it says", ({ page, memory }) => [page + PRIVATE_PAGE.freeUnits, memory.i32[page + PRIVATE_PAGE.freeUnits] ^ (1 << 14)]],
  ["it is on a chain of freed blocks, and not live", ({ onItsWay }) => [liveWord(onItsWay), 1]],
  [" and on the ring of class ", ({ row, sizeClass, slab }) => [row + PRIVATE_ROW.rings + sizeClass + 1, slab]],
  ["it should be on the ring of class ", ({ row, sizeClass }) => [row + PRIVATE_ROW.rings + sizeClass, 0]],
  ["a ring of slabs does not lead back", ({ page, slab, units }) => [page + PRIVATE_PAGE.links + ((slab >>> 12) & 15) * 2 + 1, units]],
  ["a ring of slabs does not lead back", ({ row, sizeClass, slab }) => [row + PRIVATE_ROW.rings + sizeClass, slab + 16]],
  ["it should be on the open (9) list", ({ row }) => [row + PRIVATE_ROW.open + 8, 0]],
  [" and on the open (9) list", ({ page, row }) => [row + PRIVATE_ROW.open + 4, page * 4]],
  [", where it should not be", ({ page, pages, memory }) => [pages.map.noteWord(page * 4), memory.i32[pages.map.noteWord(page * 4)] & PRIVATE_NOTE.owner.maximum]],
  ["1 pages, and 2 are counted", ({ slabs }) => [slabs["ownership"].sums + PRIVATE_PAGES.pages, 2]],
  ["a list of pages leads to what is none", ({ page }) => [page + PRIVATE_PAGE.next, 64]],
];

it.each(DAMAGES)("it complains of one wrong word: %s", (complaint, damage) => {
  const made = scene();
  const { heap, memory } = made;
  heap.check();
  const [word, value] = damage(made);
  const before = memory.i32[word];
  expect(value).not.toBe(before);
  memory.i32[word] = value;
  expect(() => heap.check()).toThrow(HeapCorruptionError);
  expect(() => heap.check()).toThrow(complaint);
  memory.i32[word] = before;
  heap.check();
});
