import { fixed } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { attachSlabs, bytesIn, formatSlabs, superblockBy, superblockOf, TINY, type AnchoredThread } from "./anchored-fixture.js";

/** Superblocks of three blocks each. */
const three = (): AnchoredThread => formatSlabs({ classes: TINY });
const take = (thread: AnchoredThread, count: number): number[] => Array.from({ length: count }, () => thread.slabs.allocate(5000));
const brief = (thread: AnchoredThread, address: number): unknown[] => {
  const { state, count, reserved, inSlot } = superblockOf(thread, address);
  return [state, count, reserved, inSlot];
};

describe("a superblock", () => {
  it("is active from its first block on, its other blocks reserved as credits", () => {
    const thread = three();
    const [p] = take(thread, 1);
    expect(brief(thread, p)).toEqual(["ACTIVE", 0, 2, false]);
  });

  it("has at most 64 credits, and counts the rest", () => {
    const thread = formatSlabs();
    const p = thread.slabs.allocate(8);
    expect(brief(thread, p)).toEqual(["ACTIVE", 1023 - 1 - 64, 64, false]);
  });

  it("counts what is freed while it is active, and makes credits of that when they are used up", () => {
    const thread = three();
    const [p, q] = take(thread, 2);
    expect(brief(thread, p)).toEqual(["ACTIVE", 0, 1, false]);
    thread.slabs.free(q);
    expect(brief(thread, p)).toEqual(["ACTIVE", 1, 1, false]);
    take(thread, 1);
    expect(brief(thread, p)).toEqual(["ACTIVE", 0, 1, false]);
  });

  it("is full, and in no list, when the last credit is taken and nothing is counted", () => {
    const thread = three();
    const [p] = take(thread, 3);
    expect(brief(thread, p)).toEqual(["FULL", 0, 0, false]);
    thread.heap.check();
  });

  it("becomes partial, and waits in the slot, when a block of a full one is freed", () => {
    const thread = three();
    const [p, q] = take(thread, 3);
    thread.slabs.free(q);
    expect(brief(thread, p)).toEqual(["PARTIAL", 1, 0, true]);
    thread.heap.check();
  });

  it("becomes full again when the only free block of a partial one is taken", () => {
    const thread = three();
    const [p, q] = take(thread, 3);
    thread.slabs.free(q);
    expect(take(thread, 1)).toEqual([q]);
    expect(brief(thread, p)).toEqual(["FULL", 0, 0, false]);
  });

  it("becomes active again when there is more than that to reserve", () => {
    const thread = three();
    const [p, q, r] = take(thread, 3);
    thread.slabs.free(q);
    thread.slabs.free(r);
    expect(brief(thread, p)).toEqual(["PARTIAL", 2, 0, true]);
    expect(take(thread, 1)).toEqual([r]);
    expect(brief(thread, p)).toEqual(["ACTIVE", 0, 1, false]);
  });

  it("makes room in the slot for the one that became partial last; the queue serves oldest first", () => {
    const thread = three();
    const held = take(thread, 12);
    for (const i of [0, 3, 6, 9]) thread.slabs.free(held[i]);
    expect([1, 4, 7, 10].map((i) => superblockOf(thread, held[i]).inSlot)).toEqual([false, false, false, true]);
    expect(take(thread, 4)).toEqual([held[9], held[0], held[3], held[6]]);
    thread.heap.check();
  });

  it("goes back whole when its last block is freed, its descriptor first in line for the next", () => {
    const thread = three();
    const [p, q, r] = take(thread, 3);
    const { descriptor } = superblockOf(thread, p);
    for (const one of [p, q, r]) thread.slabs.free(one);
    expect(superblockBy(thread, descriptor)).toMatchObject({ state: "EMPTY", inSlot: false });
    expect(bytesIn(thread, "live")).toBe(0);
    thread.heap.check();
    const other = thread.slabs.allocate(8000);
    expect(superblockOf(thread, other).descriptor).toBe(descriptor);
    thread.heap.check();
  });

  it("does not go back while it is active, because credits reserve its blocks", () => {
    const thread = three();
    const [p] = take(thread, 1);
    const { descriptor } = superblockOf(thread, p);
    thread.slabs.free(p);
    expect(superblockBy(thread, descriptor)).toMatchObject({ state: "ACTIVE", count: 1, reserved: 2 });
  });

  it("that is empty and deep in the queue costs its descriptor only, until somebody meets it", () => {
    const thread = three();
    const held = take(thread, 30);
    for (let i = 0; i < 30; i += 3) thread.slabs.free(held[i]);
    const deep = superblockOf(thread, held[16]).descriptor;
    thread.slabs.free(held[16]);
    thread.slabs.free(held[17]);
    expect(superblockBy(thread, deep).state).toBe("EMPTY");
    expect(bytesIn(thread, "free")).toBeGreaterThanOrEqual(16384);
    thread.heap.check();
    // one of the next allocations pulls it out and retires it
    const more = take(thread, 9);
    expect(more).not.toContain(0);
    expect(more.map((p) => superblockOf(thread, p).descriptor)).not.toContain(deep);
    thread.heap.check();
  });

  it("waits linked through its descriptor when there is no memory for a queue's node", () => {
    const thread = formatSlabs({ classes: TINY, source: fixed(16 * 65536) });
    const held: number[] = [];
    for (let p = thread.slabs.allocate(5000); p !== 0; p = thread.slabs.allocate(5000)) held.push(p);
    expect(held.length % 3).toBe(0);
    const metadata = thread.slabs.metadataBytes();
    const freed = held.filter((_, i) => i % 3 === 0);
    for (const p of freed) thread.slabs.free(p);
    thread.heap.check();
    expect(thread.slabs.metadataBytes()).toBe(metadata);
    expect(take(thread, freed.length).sort()).toEqual(freed.sort());
    expect(thread.slabs.allocate(5000)).toBe(0);
    thread.heap.check();
  });

  it("works for the heap of the thread that took it from a list", () => {
    const options = { classes: TINY, heaps: 2 };
    const one = formatSlabs(options);
    const two = attachSlabs(one.handle, options);
    const held = take(one, 9);
    for (const p of [held[0], held[3], held[6]]) one.slabs.free(p);
    const [p] = take(two, 1);
    expect([held[0], held[3]]).toContain(p);
    expect(superblockOf(two, p).activeWord).not.toBe(superblockOf(one, held[8]).activeWord);
    one.heap.check();
  });
});

describe("batches", () => {
  const room = (thread: AnchoredThread): number => thread.slabs.allocate(4000);
  const words = (thread: AnchoredThread, at: number, count: number): number[] => [...thread.memory.u32.slice(at >>> 2, (at >>> 2) + count)];

  it.each([1, 5, 64, 65, 300])("of %i blocks are taken and given", (count) => {
    const thread = formatSlabs();
    const into = room(thread);
    const blocks = thread.slabs.blocksOf(thread.slabs.classAt(thread.slabs.allocate(100)));
    expect(blocks.blockBytes).toBe(104);
    for (let round = 0; round < 5; round++) {
      expect(blocks.take(into, count)).toBe(count);
      const taken = words(thread, into, count);
      expect(new Set(taken).size).toBe(count);
      expect(taken.map((p) => thread.slabs.usableSize(p))).toEqual(taken.map(() => 104));
      thread.heap.check();
      blocks.give(into, count);
      thread.heap.check();
      for (const p of taken) expect(() => thread.slabs.free(p)).toThrow();
    }
  });

  it("that give a full superblock back whole retire it", () => {
    const thread = three();
    const [p, q, r] = take(thread, 3);
    const { descriptor } = superblockOf(thread, p);
    const into = room(thread);
    thread.memory.u32.set([q, p, r], into >>> 2);
    thread.slabs.blocksOf(0).give(into, 3);
    expect(superblockBy(thread, descriptor).state).toBe("EMPTY");
    thread.heap.check();
  });

  it("mix superblocks and classes", () => {
    const thread = three();
    const into = thread.slabs.allocate(5000);
    const held = [...take(thread, 7), thread.slabs.allocate(8000), ...take(thread, 2), thread.slabs.allocate(8000)];
    thread.memory.u32.set(held, into >>> 2);
    thread.slabs.blocksOf(0).give(into, held.length);
    thread.heap.check();
    thread.slabs.free(into);
    expect(bytesIn(thread, "live")).toBe(0);
  });

  it.each(["comes twice", "is inside a block", "is no block's"])("stop at an address that %s, with the blocks before it given back", (fault) => {
    const thread = three();
    const into = thread.slabs.allocate(8000);
    const [p, q, r, s] = take(thread, 4);
    const bad = fault === "comes twice" ? p : fault === "is inside a block" ? r + 16 : 3;
    thread.memory.u32.set([p, q, bad, s], into >>> 2);
    expect(() => thread.slabs.blocksOf(0).give(into, 4)).toThrow(expect.objectContaining({ name: "InvalidAddressError" }));
    thread.heap.check();
    expect([p, q, r, s].map((one) => thread.slabs.classAt(one))).toEqual([-1, -1, 0, 0]);
  });

  it("take what there is when memory ends", () => {
    const thread = three();
    const into = thread.slabs.allocate(8000);
    const blocks = thread.slabs.blocksOf(0);
    let total = 0;
    for (let taken = 1; taken > 0; total += taken) taken = blocks.take(into, 2000);
    expect(total).toBeGreaterThan(10_000);
    expect(blocks.take(into, 1)).toBe(0);
    thread.heap.check();
  });
});
