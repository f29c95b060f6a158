import { describe, expect, it } from "vitest";
import { PartialLists } from "../src/anchored/partial-lists.js";
import {
  attachSlabs, bytesIn, formatSlabs, liveBlocks, superblockBy, superblockOf, TINY, type AnchoredThread, type FixtureOptions,
} from "./anchored-fixture.js";
import { randomFrom } from "./anchored-interleaving.js";
import { openSteered, type SteeredMemory, type Step } from "./steered-memory.js";

/** Two threads on one processor heap, three blocks to a superblock; the first one's steps can be interrupted. */
function pair(options: FixtureOptions = {}): { a: AnchoredThread; b: AnchoredThread } {
  const own = { classes: TINY, open: openSteered, ...options };
  const a = formatSlabs(own);
  return { a, b: attachSlabs(a.handle, own) };
}

const take = (thread: AnchoredThread, count: number): number[] => Array.from({ length: count }, () => thread.slabs.allocate(5000));

/** Has `work` done in the middle of what `thread` does next, before its first access of this kind to the word. */
function before(thread: AnchoredThread, step: Step, w: number | undefined, work: () => void): () => boolean {
  const memory = thread.memory as SteeredMemory;
  let done = false;
  memory.beforeStep = (which, at) => {
    if (done || which !== step || (w !== undefined && at !== w)) return;
    done = true;
    work();
  };
  return () => done;
}

/** A thread stops on its way to retire an empty descriptor; meanwhile that gets another life, and waits in the same slot. */
function retireRace(options: FixtureOptions): { a: AnchoredThread; descriptor: number; alive: number[] } {
  const { a, b } = pair(options);
  const [p, q, r] = take(a, 3);
  const { descriptor, partialWord } = superblockOf(a, p);
  a.slabs.free(p);
  a.slabs.free(q);
  let alive: number[] = [];
  const happened = before(a, "cas", partialWord, () => {
    expect(superblockBy(b, descriptor)).toMatchObject({ state: "EMPTY", inSlot: true });
    const again = take(b, 3);
    expect(superblockOf(b, again[0]).descriptor).toBe(descriptor);
    b.slabs.free(again[1]);
    alive = [again[0], again[2]];
  });
  a.slabs.free(r);
  expect(happened()).toBe(true);
  return { a, descriptor, alive };
}

class PublishedLists extends PartialLists {
  protected override settle(descriptor: number): void {
    this.pool.retire(descriptor);
  }
}

describe("a descriptor that is retired and comes back while another thread is about to retire it", () => {
  it("is recognised as alive and put back", () => {
    const { a, descriptor, alive } = retireRace({});
    expect(superblockBy(a, descriptor)).toMatchObject({ state: "PARTIAL", count: 1, inSlot: true });
    a.heap.check();
    expect(liveBlocks(a)).toEqual([...alive].sort((x, y) => x - y));
    for (const p of alive) a.slabs.free(p);
    a.heap.check();
    expect(bytesIn(a, "live")).toBe(0);
  });

  it("is retired alive by the published RemoveEmptyDesc", () => {
    const { a } = retireRace({ lists: PublishedLists });
    expect(() => a.heap.check()).toThrow(expect.objectContaining({ name: "HeapCorruptionError" }));
  });
});

describe("two threads in the middle of each other's steps", () => {
  it("leave no empty descriptor behind when a full superblock is emptied before it could be listed", () => {
    const { a, b } = pair();
    const [p, q, r] = take(a, 3);
    const { descriptor, partialWord } = superblockOf(a, p);
    const happened = before(a, "exchange", partialWord, () => {
      b.slabs.free(q);
      b.slabs.free(r);
      expect(superblockBy(b, descriptor)).toMatchObject({ state: "EMPTY", inSlot: false });
    });
    a.slabs.free(p);
    expect(happened()).toBe(true);
    expect(superblockBy(a, descriptor).inSlot).toBe(false);
    a.heap.check();
    expect(superblockOf(a, take(a, 1)[0]).descriptor).toBe(descriptor);
  });

  it("return credits to the count when another superblock has become active", () => {
    const { a, b } = pair();
    const [p, q] = take(a, 2);
    a.slabs.free(q);
    const { descriptor, activeWord } = superblockOf(a, p);
    let fromB = 0;
    let casCount = 0;
    // the first CAS of Active takes the last credit; the second would bring new ones
    (a.memory as SteeredMemory).beforeStep = (step, w) => {
      if (step === "cas" && w === activeWord && ++casCount === 2) [fromB] = take(b, 1);
    };
    const [s] = take(a, 1);
    expect(casCount).toBe(2);
    expect(superblockOf(a, s)).toMatchObject({ descriptor, state: "PARTIAL", count: 1, inSlot: true });
    expect(superblockOf(a, fromB)).toMatchObject({ state: "ACTIVE", reserved: 2 });
    a.heap.check();
  });

  it("discard a new superblock when another thread's came first", () => {
    const { a, b } = pair();
    const [p, q, r] = take(a, 3);
    const { activeWord } = superblockOf(a, p);
    let fromB = 0;
    const happened = before(a, "cas", activeWord, () => ([fromB] = take(b, 1)));
    const [s] = take(a, 1);
    expect(happened()).toBe(true);
    expect(superblockOf(a, s).descriptor).toBe(superblockOf(a, fromB).descriptor);
    expect(liveBlocks(a)).toEqual([p, q, r, fromB, s].sort((x, y) => x - y));
    a.heap.check();
  });

  it("do not take a block for free whose link is old, though the same block is in front again", () => {
    const { a, b } = pair();
    const [p] = take(a, 1);
    const { anchorWord } = superblockOf(a, p);
    let fromB: number[] = [];
    // A has read who is in front, and who is next. B pops both, and brings the first back.
    const happened = before(a, "cas2", anchorWord, () => {
      const [first] = take(b, 1);
      fromB = take(b, 1);
      b.slabs.free(first);
    });
    const [q] = take(a, 1);
    expect(happened()).toBe(true);
    expect(fromB).not.toContain(q);
    expect(new Set([p, q, ...fromB]).size).toBe(3);
    a.heap.check();
  });

  it("notice that 1024 pops have passed, though the low word of the anchor is the same to the bit", () => {
    const options = { classes: [{ blockBytes: 3264, superblockBytes: 16384 }], open: openSteered };
    const a = formatSlabs(options);
    const b = attachSlabs(a.handle, options);
    const p = a.slabs.allocate(3000);
    const { anchorWord } = superblockOf(a, p);
    const link = (): number => a.memory.i32[(p - 8 + (a.memory.i32[anchorWord] & 1023) * 3264) >>> 2];
    const held: number[] = [];
    let sameLowWord = false;
    const random = randomFrom(1);
    // A has read the anchor and a link. Until its cas2, B shuffles the free blocks, and holds at most two of them.
    const happened = before(a, "cas2", anchorWord, () => {
      const { i32 } = a.memory;
      const low = i32[anchorWord];
      const high = i32[anchorWord + 1];
      const next = link();
      for (let step = 0; step < 1_000_000 && !sameLowWord; step++) {
        if (held.length < 2 && random(2) === 0) held.push(b.slabs.allocate(3000));
        else if (held.length > 0) b.slabs.free(held.splice(random(held.length), 1)[0]);
        sameLowWord = i32[anchorWord] === low && i32[anchorWord + 1] !== high && link() !== next;
      }
    });
    const q = a.slabs.allocate(3000);
    expect([happened(), sameLowWord]).toEqual([true, true]);
    a.heap.check();
    expect(liveBlocks(a)).toEqual([p, q, ...held].sort((x, y) => x - y));
  });

  it("hand a hyperblock's pages back only once", () => {
    const { a, b } = pair();
    const held = take(a, 600);
    const heldBytes = a.heap.stats().mappedBytes;
    let nested = 0;
    (a.memory as SteeredMemory).beforeStep = (step) => {
      if (step === "cas2" && nested++ % 7 === 0 && held.length > 0) b.slabs.free(held.pop()!);
    };
    while (held.length > 0) a.slabs.free(held.pop()!);
    (a.memory as SteeredMemory).beforeStep = () => {};
    a.heap.check();
    expect(a.heap.stats().mappedBytes).toBeLessThan(heldBytes / 2);
  });
});
