// A thread dies before one access after the other, lock and page source included; another one reclaims it, and nothing
// but what it had in hand is missing.
import { describe, expect, it } from "vitest";
import { growable, openMemory, Root, type HeapHandle, type Memory, type MemoryHandle, type Region } from "@heapwright/core";
import { Copies, SteppedMemory } from "../../../layers/coalesce/test/stepped-memory.js";
import { compose, type DlmallocSettings } from "../src/composition.js";
import { DlmallocHeap } from "../src/dlmalloc-heap.js";

const IDENTITY = { preset: "dlmalloc", options: "{}", maximumThreads: 8 };
const SETTINGS: DlmallocSettings = {
  mspaces: 1, footers: false, granularity: 65536, trimThreshold: 2 ** 17, mmapThreshold: 2 ** 17, releaseCheckRate: 2, footprintLimit: 0,
};

function heapOf(root: Root, memory: MemoryHandle, settings: DlmallocSettings): DlmallocHeap {
  const composition = compose(root, settings);
  root.seal();
  return new DlmallocHeap(root, composition, { preset: "dlmalloc", memory, options: {} } satisfies HeapHandle);
}

const join = (memory: Memory, handle: MemoryHandle, settings: DlmallocSettings): DlmallocHeap => heapOf(Root.attach(memory, IDENTITY), handle, settings);

/** A heap with holes in every mspace, and its blocks. */
function prepare(settings: DlmallocSettings): { handle: MemoryHandle; blocks: number[] } {
  const { handle, zeroFrom } = growable({ initial: 2 ** 20, maximum: 2 ** 23 }).open();
  const heap = heapOf(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle, settings);
  const blocks: number[] = [];
  for (let index = 0; index < heap.mspaces; index++) {
    for (const size of [100, 300, 40, 3000, 100, 700, 12, 90_000, 100]) blocks.push(heap.mspace(index).malloc(size));
  }
  blocks.push(heap.malloc(200_000));
  for (const index of [1, 3, 5]) heap.free(blocks[index]);
  const live = blocks.filter((_, index) => ![1, 3, 5].includes(index));
  for (const p of live) heap.memory.u8.fill(p >>> 4, p, p + heap.usableSize(p));
  return { handle, blocks: live };
}

const OPERATIONS: readonly (readonly [string, (heap: DlmallocHeap, blocks: readonly number[]) => unknown])[] = [
  ["malloc of an exact hole", (heap) => heap.malloc(300)],
  ["two small mallocs", (heap) => [heap.malloc(200), heap.malloc(200)]],
  ["malloc that makes a segment grow", (heap) => heap.malloc(100_000)],
  ["malloc of a direct span", (heap) => heap.malloc(150_000)],
  ["alignedAlloc", (heap) => heap.alignedAlloc(1024, 500)],
  ["free of a direct span", (heap, blocks) => heap.free(blocks[blocks.length - 1])],
  ["frees between holes, and at the top", (heap, blocks) => [1, 2, 4, 5].forEach((index) => heap.free(blocks[index]))],
  ["realloc into a hole, and to another place", (heap, blocks) => heap.realloc(heap.realloc(blocks[1], 1500), 20_000)],
  ["free of all, trims included", (heap, blocks) => blocks.forEach((p) => heap.free(p))],
  ["trim", (heap) => heap.trim()],
];

const BYTES_LOST = 2 * 65536;

const FORMS: readonly (readonly [string, DlmallocSettings])[] = [["one mspace", SETTINGS], ["two mspaces, with footers", { ...SETTINGS, mspaces: 2, footers: true }]];

describe.each(FORMS)("%s", (_name, settings) => {
  it.each(OPERATIONS)("whoever dies anywhere in `%s` costs what it had in hand", (_operation, run) => {
    const { handle: original, blocks } = prepare(settings);
    const copies = new Copies(original);
    for (let at = 0; ; at++) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const victim = join(memory, handle, settings);
      const died = memory.dieAt(at, () => run(victim, blocks));
      const survivor = join(openMemory(handle), handle, settings);
      expect(survivor.reclaim(victim.threadId)).toBe(true);
      survivor.check();
      const { live, lost } = inventory(survivor);
      expect(lost).toBeLessThanOrEqual(BYTES_LOST);
      expect(live.filter((p) => !blocks.includes(p)).length).toBeLessThanOrEqual(died ? 2 : 9);
      for (const p of live.filter((one) => blocks.includes(one))) {
        for (let i = 0; i < 8; i++) expect(survivor.memory.u8[p + i]).toBe((p >>> 4) & 0xff);
      }
      expect(survivor.malloc(5000)).not.toBe(0);
      for (const p of inventory(survivor).live) survivor.free(p);
      survivor.trim();
      survivor.check();
      expect(survivor.mspace(0).footprint()).toBe(0);
      if (!died) break;
      expect(at).toBeLessThan(5000);
    }
  });
});

describe("until a dead holder of a lock is reclaimed", () => {
  function afterDeath(settings: DlmallocSettings): { survivor: DlmallocHeap; victim: DlmallocHeap; block: number } {
    const { handle } = prepare(settings);
    const memory = SteppedMemory.open(handle);
    const victim = join(memory, handle, settings);
    const block = victim.malloc(500);
    expect(memory.dieAt(40, () => victim.malloc(100_000))).toBe(true);
    return { survivor: join(openMemory(handle), handle, settings), victim, block };
  }

  it("others get no memory, but can free, with one mspace", () => {
    const { survivor, victim, block } = afterDeath(SETTINGS);
    expect(survivor.malloc(100)).toBe(0);
    survivor.free(block);
    expect(() => survivor.check()).toThrow(`thread ${victim.threadId} holds the lock`);
    survivor.reclaim(victim.threadId);
    survivor.check();
    expect(() => survivor.free(block)).toThrow("is not the address of a block");
    expect(survivor.malloc(100)).not.toBe(0);
  });

  it("others go on in other mspaces", () => {
    const { survivor, victim, block } = afterDeath({ ...SETTINGS, mspaces: 2 });
    const before = survivor.mspace(1).footprint();
    for (let i = 0; i < 100; i++) expect(survivor.malloc(2000)).not.toBe(0);
    expect(survivor.mspace(1).footprint()).toBe(before);
    expect(survivor.mspace(1).malloc(100)).toBe(0);
    survivor.free(block);
    survivor.reclaim(victim.threadId);
    expect(survivor.mspace(1).malloc(100)).not.toBe(0);
    survivor.check();
  });
});

function inventory(heap: DlmallocHeap): { live: number[]; lost: number } {
  const regions: Region[] = [];
  heap.walk((region) => regions.push(region));
  const sum = (all: readonly Region[]): number => all.reduce((bytes, region) => bytes + region.bytes, 0);
  return { live: regions.filter(({ state }) => state === "live").map(({ block }) => block), lost: sum(regions.filter(({ state }) => state === "lost")) };
}
