// A thread may die between any two accesses. For each operation and each access this stops a thread there for ever, and
// lets another one find out.
import { describe, expect, it } from "vitest";
import type { CoalesceOptions, CoalescingHeap } from "../src/index.js";
import { makeHeap, POLICIES, type TestHeap } from "./heaps.js";
import { copyOf, SteppedMemory } from "./stepped-memory.js";

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
];

describe.each(POLICIES)("%s", (_name, fit) => {
  describe.each([["front"], ["back"], ["none"]])("%s", (variant) => {
    const options: CoalesceOptions = { fit, keepBytes: 0, ...(variant === "none" ? { coalesce: "none" } : { serveFrom: variant as "front" }) };

    it.each(OPERATIONS)("whoever dies anywhere in `%s` leaves a heap that others can use", (_operation, run) => {
      const { test, blocks } = prepare(options);
      const liveBefore = test.live();
      for (let at = 0; ; at++) {
        const handle = copyOf(test.handle);
        const memory = SteppedMemory.open(handle);
        const victim = test.join(memory);
        const died = memory.dieAt(at, () => run(victim.heap, blocks));
        const survivor = test.join(SteppedMemory.open(handle));
        if (died) survivor.reclaim(victim.root.threads.id);
        survivor.check();
        const live = survivor.live();
        // at most one block more, in the hands of the dead, or those fewer that it was freeing
        expect(live.filter((block) => !liveBefore.includes(block)).length).toBeLessThanOrEqual(1);
        for (const block of live) {
          const usable = blocks.includes(block) ? Math.min(12, survivor.heap.usableSize(block)) : 0;
          for (let i = 0; i < usable; i++) expect(survivor.memory.u8[block + i]).toBe((block >>> 4) & 0xff);
        }
        const block = survivor.heap.allocate(5000);
        expect(block).not.toBe(0);
        for (const each of [...live, block]) survivor.heap.free(each);
        survivor.check();
        expect(survivor.live()).toEqual([]);
        if (!died) break;
        expect(at).toBeLessThan(3000);
      }
    });
  });
});
