// A thread may die between any two accesses. For each operation and each access this stops a thread there for ever, and
// lets another one find out.
import { describe, expect, it } from "vitest";
import { LeaFit, type CoalesceOptions, type CoalescingHeap } from "../src/index.js";
import { makeHeap, POLICIES, type TestHeap } from "./heaps.js";
import { Copies, SteppedMemory } from "./stepped-memory.js";

/** A heap with holes of several sizes, and blocks between them. */
function prepare(options: CoalesceOptions): { test: TestHeap; blocks: number[] } {
  const test = makeHeap(options);
  const all = [100, 300, 40, 3000, 100, 700, 12, 700, 40_000, 100].map((bytes) => test.heap.allocate(bytes));
  for (const index of [1, 3, 5, 7]) test.heap.free(all[index]);
  const blocks = all.filter((_, index) => ![1, 3, 5, 7].includes(index));
  for (const block of blocks) test.memory.u8.fill(block >>> 4, block, block + test.heap.usableSize(block));
  return { test, blocks };
}

const OPERATIONS: readonly (readonly [name: string, run: (heap: CoalescingHeap, blocks: number[]) => void])[] = [
  ["allocate from a hole", (heap) => heap.allocate(200)],
  ["allocate an exact hole", (heap) => heap.allocate(300)],
  ["allocate from a fresh span", (heap) => heap.allocate(100_000)],
  ["allocate aligned", (heap) => heap.allocateAligned(512, 200)],
  ["free between two in use", (heap, blocks) => heap.free(blocks[0])],
  ["free between two holes", (heap, blocks) => heap.free(blocks[1])],
  ["free behind a hole", (heap, blocks) => heap.free(blocks[2])],
  ["shrink", (heap, blocks) => heap.resize(blocks[4], 1000)],
  ["grow into a hole", (heap, blocks) => heap.resize(blocks[1], 1500)],
  ["free all, and with it the spans", (heap, blocks) => blocks.forEach((block) => heap.free(block))],
  ["trim", (heap) => heap.trim()],
];

const VARIANTS: readonly (readonly [string, Partial<CoalesceOptions>])[] = [
  ["front", { keepBytes: 0 }],
  ["back", { keepBytes: 0, serveFrom: "back" }],
  ["none", { keepBytes: 0, coalesce: "none" }],
];

const CONTIGUOUS: CoalesceOptions = { fit: LeaFit, arena: "contiguous", trimBytes: 2 ** 15, releaseEvery: 2 };

describe.each(POLICIES)("%s", (_name, fit) => {
  describe.each(VARIANTS)("%s", (_variant, options) => {
    it.each(OPERATIONS)("whoever dies anywhere in `%s` leaves a heap that others can use", (_operation, run) => {
      const { test, blocks } = prepare({ fit, ...options });
      dieEverywhere(test, blocks, run);
    });
  });
});

describe.each<[string, CoalesceOptions]>([["contiguous", CONTIGUOUS], ["contiguous and guarded", { ...CONTIGUOUS, guard: 0x5a5a5a5a }]])("%s", (_name, options) => {
  it.each(OPERATIONS)("whoever dies anywhere in `%s` leaves a heap that others can use", (_operation, run) => {
    const { test, blocks } = prepare(options);
    dieEverywhere(test, blocks, run);
  });
});

/** Such a death costs the block in hand, and nothing else. */
function dieEverywhere(test: TestHeap, blocks: number[], run: (heap: CoalescingHeap, blocks: number[]) => void): void {
  const liveBefore = test.live();
  const lostBefore = lostIn(test);
  const copies = new Copies(test.handle);
  for (let at = 0; ; at++) {
    const handle = copies.next();
    const memory = SteppedMemory.open(handle);
    const victim = test.join(memory);
    const died = memory.dieAt(at, () => run(victim.heap, blocks));
    const survivor = test.join(SteppedMemory.open(handle));
    if (died) survivor.reclaim(victim.root.threads.id);
    survivor.check();
    expect(lostIn(survivor) - lostBefore).toBeLessThanOrEqual(0);
    const live = survivor.live();
    // at most one block more, in the hands of the dead, or those fewer that it was freeing
    expect(live.filter((block) => !liveBefore.includes(block)).length).toBeLessThanOrEqual(1);
    expect(live.filter((block) => blocks.includes(block) && !isWhole(survivor, block))).toEqual([]);
    const block = survivor.heap.allocate(5000);
    expect(block).not.toBe(0);
    for (const each of [...live, block]) survivor.heap.free(each);
    survivor.check();
    expect(survivor.live()).toEqual([]);
    if (!died) break;
    expect(at).toBeLessThan(3000);
  }
}

/** Whether the first bytes of a block are as they were made. */
function isWhole({ heap, memory }: TestHeap, block: number): boolean {
  return memory.u8.subarray(block, block + Math.min(8, heap.usableSize(block))).every((byte) => byte === ((block >>> 4) & 0xff));
}

function lostIn(test: TestHeap): number {
  return test.regions().filter(({ state }) => state === "lost").reduce((sum, { bytes }) => sum + bytes, 0);
}

describe("a wilderness", () => {
  const LEA: CoalesceOptions = { fit: LeaFit, arena: "contiguous", trimBytes: 2 ** 20, releaseEvery: 4095 };

  /** Two spans, since a page behind the first is taken; blocks of all sizes in both. */
  function inTwoSpans(options: CoalesceOptions): { test: TestHeap; blocks: number[] } {
    const { test, blocks } = prepare(options);
    const span = blocks[0] & -65536;
    expect(test.pages.extend(span, test.pagesHeld() * 65536, (test.pagesHeld() + 1) * 65536)).toBe(true);
    for (const bytes of [90_000, 90_000, 300, 400_000]) blocks.push(test.heap.allocate(bytes));
    for (const block of blocks.slice(-4)) test.memory.u8.fill(block >>> 4, block, block + test.heap.usableSize(block));
    return { test, blocks };
  }

  it.each<[string, CoalesceOptions, (heap: CoalescingHeap, blocks: number[]) => void]>([
    ["growth of the newest span", LEA, (heap) => heap.allocate(500_000)],
    ["growth by exactly what is missing", LEA, (heap) => heap.allocate(65536 * 4 - 4)],
    ["a free that gives back many pages", { ...LEA, trimBytes: 2 ** 16 }, (heap, blocks) => [7, 9, 8].forEach((index) => heap.free(blocks[index]))],
    ["the release of an older span", { ...LEA, releaseEvery: 0 }, (heap, blocks) => blocks.slice(0, 6).forEach((block) => heap.free(block))],
    ["a trim of two spans in use", LEA, (heap) => heap.trim()],
    ["a trim of empty spans", LEA, (heap, blocks) => [...blocks, 0].forEach((block) => (block === 0 ? heap.trim() : heap.free(block)))],
    ["resizes into the top and out of it", LEA, (heap, blocks) => [60_000, 100].forEach((bytes) => heap.resize(blocks[8], bytes))],
  ])("whoever dies anywhere in %s costs the block in hand", (_name, options, run) => {
    const { test, blocks } = inTwoSpans(options);
    dieEverywhere(test, blocks, run);
  });
});
