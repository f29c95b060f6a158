// A free that came while another thread was in the mspace waits for whoever is there next, and that may be who looks at the heap.
import { expect, it } from "vitest";
import { growable, openMemory, Root, type Memory } from "@heapwright/core";
import { SteppedMemory } from "../../../layers/coalesce/test/stepped-memory.js";
import { compose } from "../src/composition.js";
import { DlmallocHeap } from "../src/dlmalloc-heap.js";

const IDENTITY = { preset: "dlmalloc", options: "{}", maximumThreads: 8 };
const SETTINGS = { mspaces: 1, footers: false, granularity: 65536, trimThreshold: 0, mmapThreshold: 2 ** 18, releaseCheckRate: 2, footprintLimit: 0 };

it.each([10, 20])("a heap in which pages go back when somebody looks at it is whole (step %i)", (at) => {
  const { handle, zeroFrom } = growable({ initial: 2 ** 20, maximum: 2 ** 22 }).open();
  const heapOf = (root: Root): DlmallocHeap => {
    const composition = compose(root, SETTINGS);
    root.seal();
    return new DlmallocHeap(root, composition, { preset: "dlmalloc", memory: handle, options: {} });
  };
  const join = (memory: Memory): DlmallocHeap => heapOf(Root.attach(memory, IDENTITY));
  const first = heapOf(Root.format(openMemory(handle), IDENTITY, zeroFrom));
  const memory = SteppedMemory.open(handle);
  const slow = join(memory);
  const hole = first.malloc(100);
  first.malloc(100);
  const last = first.malloc(200_000);
  first.free(hole);
  const before = first.stats().mappedBytes;
  expect(memory.runUntil(at, () => first.free(last), () => slow.malloc(100))).toBe(true);
  expect(first.stats().mappedBytes).toBe(before);
  first.check();
  expect(first.stats().mappedBytes).toBeLessThan(before);
});
