// A thread dies while it gives a span back, and the one that reclaims it dies too. Whoever takes that one back repairs the heap:
// the pages that were on their way out are then the first one's to give back, since its window in the page source is still open.
import { expect, it } from "vitest";
import { AddressOrdered, LeaFit, type CoalesceOptions } from "../src/index.js";
import { makeHeap, type TestHeap } from "./heaps.js";
import { Copies, SteppedMemory } from "./stepped-memory.js";

const LARGE = 200_000;
/** Every step of the first death, and of the second every so many, not the same ones each time. */
const STRIDE = 7;

function takeBack(by: TestHeap, dead: TestHeap): void {
  const { id, slot } = dead.root.threads;
  by.heap.reclaim(id, slot);
  by.pages.reclaim(id, slot);
}

it.each<[string, CoalesceOptions]>([
  ["spans of their own", { fit: AddressOrdered, keepBytes: 0 }],
  ["a contiguous arena", { fit: LeaFit, arena: "contiguous", trimBytes: 0, releaseEvery: 0 }],
])("pages are given back once, with %s", (_, options) => {
  const test = makeHeap(options);
  test.heap.allocate(1000);
  const block = test.heap.allocate(LARGE);
  const copies = new Copies(test.handle);
  let repairsCutShort = 0;
  for (let first = 0, firstDied = true; firstDied; first++) {
    for (let second = first % STRIDE, secondDied = true; secondDied; second += STRIDE) {
      const handle = copies.next();
      const memories = [SteppedMemory.open(handle), SteppedMemory.open(handle)];
      const [victim, heir] = memories.map((memory) => test.join(memory));
      firstDied = memories[0].dieAt(first, () => victim.heap.free(block));
      if (!firstDied) break;
      secondDied = memories[1].dieAt(second, () => takeBack(heir, victim));
      repairsCutShort += Number(secondDied);
      const survivor = test.join(SteppedMemory.open(handle));
      if (secondDied) takeBack(survivor, heir);
      const one = survivor.heap.allocate(LARGE);
      takeBack(survivor, victim);
      const other = survivor.heap.allocate(LARGE);
      expect([one, other]).not.toContain(0);
      expect(Math.abs(one - other), `deaths at ${first} and ${second}`).toBeGreaterThanOrEqual(LARGE);
      survivor.check();
    }
  }
  expect(repairsCutShort).toBeGreaterThan(400);
});
