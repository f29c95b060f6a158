import { PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { ownedHeap, PAPER, superblocksIn, usedIn, type OwnedThread } from "./owned-fixture.js";

/** The invariant of section 4.1 of the paper, in blocks, with f = 1/groups. */
function expectInvariant({ slabs }: OwnedThread, groups = PAPER.groups, slack = PAPER.slackSuperblocks): void {
  const { capacity } = slabs.superblocks.geometry;
  for (const heap of slabs.pool.heaps.slice(1)) {
    for (let c = 0; c < capacity.length; c++) {
      const u = heap.used(c);
      const a = heap.held(c);
      if (u < a - slack * capacity[c] && u < (1 - 1 / groups) * a) {
        throw new Error(`heap ${heap.index} class ${c}: u = ${u}, a = ${a}, K S = ${slack * capacity[c]}`);
      }
    }
  }
}

/** A generator of the same numbers every time. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SIZES = [16, 40, 100, 250, 600, 1500, 4064];

/** Superblocks that all heaps together hold of a class, and what the bound of the README allows for the most that was in use. */
function superblocksOf(thread: OwnedThread, c: number): number {
  return thread.slabs.pool.heaps.reduce((sum, heap) => sum + superblocksIn(thread, heap.index, c), 0);
}

function usedOf(thread: OwnedThread, c: number): number {
  return thread.slabs.pool.heaps.reduce((sum, heap) => sum + usedIn(thread, heap.index, c), 0);
}

function bound(thread: OwnedThread, c: number, mostUsed: number, { groups, slackSuperblocks } = PAPER): number {
  const { heaps } = thread.slabs.pool;
  const n = thread.slabs.superblocks.geometry.capacity[c];
  return mostUsed / (1 - 1 / groups) / n + (heaps.length - 1) * slackSuperblocks;
}

describe("the emptiness invariant", () => {
  it.each([
    [2, 4],
    [4, 4],
    [8, 2],
    [4, 1],
    [16, 1],
  ])("holds after each free, with f = 1/%i and K = %i", (groups, slackSuperblocks) => {
    const one = ownedHeap({ groups, slackSuperblocks });
    const threads = [one, one.join(), one.join()];
    const roll = dice(groups * 100 + slackSuperblocks);
    const live: number[] = [];
    for (let step = 0; step < 6000; step++) {
      const { heap } = threads[roll(3)];
      // phases of growth and of shrinking
      if (roll(100) < (step % 1500 < 800 ? 70 : 20)) {
        live.push(heap.malloc(SIZES[roll(SIZES.length)]));
      } else if (live.length > 0) {
        heap.free(live.splice(roll(live.length), 1)[0]);
        expectInvariant(one, groups, slackSuperblocks);
      }
    }
    one.heap.check();
    for (const p of live) {
      threads[roll(3)].heap.free(p);
      expectInvariant(one, groups, slackSuperblocks);
    }
    one.heap.check();
  });

  it("moves a superblock to the global heap exactly when both bounds are crossed", () => {
    const one = ownedHeap();
    const c = one.slabs.superblocks.geometry.blockBytes.findIndex((bytes) => bytes >= 1000);
    const n = one.slabs.superblocks.geometry.capacity[c];
    const blocks = Array.from({ length: 8 * n }, () => one.heap.malloc(1000));
    for (let freed = 1; freed <= blocks.length; freed++) {
      one.heap.free(blocks[blocks.length - freed]);
      const held = superblocksIn(one, 1, c);
      // with 8 superblocks, u < 3/4 a from two empty ones on; K = 4 decides
      expect(held).toBe(Math.min(8, 4 + Math.floor((8 * n - freed) / n)));
      expect(superblocksIn(one, 0, c)).toBe(0);
    }
  });

  it("lets another heap have what was moved, partly filled as it is", () => {
    const one = ownedHeap({ slackSuperblocks: 1 });
    const other = one.join();
    const n = one.slabs.superblocks.geometry.capacity[0];
    const blocks = Array.from({ length: 4 * n }, () => one.heap.malloc(16));
    // leaves one in eight everywhere
    blocks.forEach((p, i) => i % 8 !== 0 && one.heap.free(p));
    const left = superblocksIn(one, 0, 0);
    expect(left).toBeGreaterThan(1);
    expect(Math.floor(other.heap.malloc(16) / PAGE_BYTES)).toBe(Math.floor(blocks[0] / PAGE_BYTES));
    expect(superblocksIn(one, 0, 0)).toBe(left - 1);
    expect(superblocksIn(one, 2, 0)).toBe(1);
    one.heap.check();
  });

  it("is restored when a free could not get the global heap's lock", () => {
    const one = ownedHeap({ slackSuperblocks: 1 });
    const other = one.join();
    const blocks = Array.from({ length: 2000 }, () => one.heap.malloc(16));
    const { global } = other.slabs.pool;
    expect(other.slabs.pool.enter(global)).toBe(true);
    blocks.splice(0, 1990).forEach((p, i) => i % 200 !== 0 && one.heap.free(p));
    expect(() => expectInvariant(one, 4, 1)).toThrow("heap 1 class 0");
    other.slabs.pool.leave(global);
    other.slabs.pool.finish();
    expectInvariant(one, 4, 1);
    one.heap.check();
  });
});

describe("blowup", () => {
  it("stays within the bound for a producer and a consumer, for any number of rounds", () => {
    const one = ownedHeap();
    const consumer = one.join();
    const roll = dice(7);
    const inFlight: number[] = [];
    let mapped = 0;
    for (let round = 0; round < 60_000; round++) {
      inFlight.push(one.heap.malloc(100));
      if (inFlight.length > 500) consumer.heap.free(inFlight.splice(roll(500), 1)[0]);
      if (round === 2000) mapped = one.heap.stats().peakMappedBytes;
    }
    expect(one.heap.stats().peakMappedBytes).toBe(mapped);
    const c = one.slabs.classAt(inFlight[0]);
    expect(superblocksOf(one, c)).toBeLessThanOrEqual(bound(one, c, 501));
    one.heap.check();
  });

  it("stays within the bound for every class at every step, when all threads free what others have made", () => {
    const one = ownedHeap({ processors: 2 });
    const threads = [one, one.join(), one.join(), one.join()];
    const { capacity } = one.slabs.superblocks.geometry;
    const most = capacity.map(() => 0);
    const roll = dice(11);
    const live: number[] = [];
    const free = (thread: OwnedThread): void => thread.heap.free(live.splice(roll(live.length), 1)[0]);
    for (let step = 0; step < 20_000; step++) {
      const thread = threads[roll(4)];
      if (roll(100) < (step % 4000 < 2200 ? 75 : 15)) {
        // sizes in fashion for a while, so that classes grow and shrink against each other
        const size = SIZES[(Math.floor(step / 700) + roll(2)) % SIZES.length];
        const p = thread.heap.malloc(size);
        live.push(p);
        const c = thread.slabs.classAt(p);
        most[c] = Math.max(most[c], usedOf(one, c));
        expect(superblocksOf(one, c)).toBeLessThanOrEqual(bound(one, c, most[c]));
      } else if (live.length > 0) {
        free(thread);
      }
    }
    const allowed = capacity.reduce((sum, _, c) => sum + bound(one, c, most[c]), 7);
    expect(one.pages.peakMappedBytes() / 8192).toBeLessThanOrEqual(allowed + 2 * (PAGE_BYTES / 8192));
    one.heap.check();
  });

  it("is K superblocks a heap, and no more, when the work moves from thread to thread", () => {
    // a program whose phases run on different threads: each heap keeps at most K superblocks' worth of free blocks
    const one = ownedHeap({ processors: 4 });
    const threads = [one, ...Array.from({ length: 7 }, () => one.join())];
    for (const { heap } of threads) {
      const blocks = Array.from({ length: 3000 }, () => heap.malloc(64));
      blocks.forEach((p) => heap.free(p));
    }
    const c = one.slabs.superblocks.geometry.blockBytes.indexOf(64);
    for (let i = 1; i <= 8; i++) expect(superblocksIn(one, i, c)).toBe(4);
    expect(one.heap.stats().mappedBytes).toBeLessThan(one.heap.stats().peakMappedBytes + 8 * 4 * 8192);
  });
});
