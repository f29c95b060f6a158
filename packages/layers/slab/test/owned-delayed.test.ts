import { InvalidAddressError, openMemory } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { ownedHeap, usedIn, type OwnedThread } from "./owned-fixture.js";

/** What `act` does while `holder` is inside its own heap. */
function whileInside(holder: OwnedThread, act: () => void): void {
  const { pool } = holder.slabs;
  expect(pool.enter(pool.home)).toBe(true);
  act();
  pool.leave(pool.home);
  pool.finish();
}

describe("a free that cannot get the owner's lock", () => {
  it("leaves the block to the holder, who puts it back after the release", () => {
    const one = ownedHeap();
    const other = one.join();
    const p = one.heap.malloc(16);
    whileInside(one, () => {
      other.heap.free(p);
      expect(usedIn(one, 1, 0)).toBe(1);
    });
    expect(usedIn(one, 1, 0)).toBe(0);
    one.heap.check();
    expect(one.heap.malloc(16)).toBe(p);
  });

  it("is still seen to be the first of two", () => {
    const one = ownedHeap();
    const other = one.join();
    const p = one.heap.malloc(16);
    const q = one.heap.alignedAlloc(64, 16);
    whileInside(one, () => {
      for (const address of [p, q]) {
        other.heap.free(address);
        expect(() => other.heap.free(address)).toThrow(InvalidAddressError);
        expect(() => other.heap.usableSize(address)).toThrow("the block there is free");
      }
    });
    expect(() => one.heap.free(p)).toThrow(InvalidAddressError);
    one.heap.check();
  });

  it("is put back once, wherever a program has led the link in it", () => {
    for (const target of ["itself", "the other", "a block in use"]) {
      const one = ownedHeap();
      const other = one.join();
      const [p, q, kept] = [one.heap.malloc(16), one.heap.malloc(16), one.heap.malloc(16)];
      whileInside(one, () => {
        for (const address of [p, q]) other.heap.free(address);
        for (const address of [p, q]) one.memory.i32[address >>> 2] = { itself: address, "the other": p + q - address, "a block in use": kept }[target]!;
      });
      one.heap.check();
      expect(usedIn(one, 1, 0)).toBeLessThanOrEqual(2);
      expect(new Set([one.heap.malloc(16), one.heap.malloc(16), kept]).size).toBe(3);
    }
  });

  it("tests the emptiness invariant once the blocks are back", () => {
    const one = ownedHeap();
    const other = one.join();
    const blocks = Array.from({ length: 10_000 }, () => one.heap.malloc(64));
    whileInside(one, () => blocks.slice(0, 9_950).forEach((p, i) => i % 500 !== 0 && other.heap.free(p)));
    const c = one.slabs.classAt(blocks[0]);
    expect(one.slabs.pool.heaps[1].hasTooMuch(c)).toBe(false);
    expect(one.slabs.pool.heaps[0].held(c)).toBeGreaterThan(0);
    one.heap.check();
  });

  it("follows a superblock that moves before the block is put back", () => {
    const one = ownedHeap({ slackSuperblocks: 1 });
    const other = one.join();
    const n = one.slabs.superblocks.geometry.capacity[0];
    const blocks = Array.from({ length: 3 * n }, () => one.heap.malloc(16));
    const late = blocks[2 * n];
    const { pool, superblocks } = one.slabs;
    // marked and about to be pushed to heap 1, when the superblock goes to the global heap
    const s = superblocks.around(late);
    expect(superblocks.setPending(s, 0, superblocks.numberOf(s, 0, late))).toBe(true);
    blocks.slice(2 * n + 1).forEach((p) => other.heap.free(p));
    blocks.slice(0, n).forEach((p) => other.heap.free(p));
    expect(superblocks.ownerOf(s)).toBe(0);
    pool.delay(pool.heaps[1], late);
    pool.finish();
    expect(superblocks.isLive(s, 0) && superblocks.ownerOf(s) === 0).toBe(false);
    expect(usedIn(one, 0, 0)).toBe(0);
    one.heap.check();
  });

  it("serves a malloc from another heap, when the own one is locked", () => {
    const one = ownedHeap();
    const other = one.join();
    const p = other.heap.malloc(16);
    // two threads share heap 1
    const third = one.join();
    whileInside(one, () => {
      expect(Math.floor(third.heap.malloc(16) / 8192)).toBe(Math.floor(p / 8192));
      expect(other.heap.malloc(16)).not.toBe(0);
    });
    one.heap.check();
  });
});

describe("a thread that may wait", () => {
  it("does so for seconds, and is then told that there is no memory: the holder must have died", () => {
    const one = ownedHeap();
    const patient = one.join();
    const { pool } = one.slabs;
    for (const heap of pool.heaps) expect(heap.lock.tryAcquire()).toBe(true);
    expect(patient.heap.malloc(16)).toBe(0);
    for (const heap of pool.heaps) pool.leave(heap);
    pool.finish();
    expect(patient.heap.malloc(16)).not.toBe(0);
    one.heap.check();
  });
});

describe("a thread that may not wait", () => {
  it("frees all the same, and is told that there is no memory when all heaps stay locked", () => {
    const one = ownedHeap();
    const p = one.heap.malloc(16);
    const impatient = one.join((handle) => Object.defineProperty(openMemory(handle), "canWait", { value: false }));
    const { pool } = one.slabs;
    for (const heap of pool.heaps) expect(heap.lock.tryAcquire()).toBe(true);
    impatient.heap.free(p);
    expect(impatient.heap.malloc(16)).toBe(0);
    for (const heap of pool.heaps) pool.leave(heap);
    pool.finish();
    expect(usedIn(one, 1, 0)).toBe(0);
    expect(impatient.heap.malloc(16)).not.toBe(0);
    one.heap.check();
  });
});
