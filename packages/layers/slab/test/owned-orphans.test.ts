// A page on its way back to the page source, while pages of a dead thread are being taken back there. The page source
// takes a claimed page without a note for one that a dead thread had in hand, so no page may look like that while a
// thread has it.
import { openMemory, PAGE_BYTES, pageNote } from "@heapwright/core";
import type { Windows } from "@heapwright/pages";
import { expect, test } from "vitest";
import { ownedHeap, type OwnedThread } from "./owned-fixture.js";
import { openSteered, type SteeredMemory } from "./steered-memory.js";

const ANOTHER_LAYER = pageNote(15, 1);

/** A thread that died while it was claiming these pages, before it had any. */
function deadOver({ join }: OwnedThread, first: number, count: number): OwnedThread {
  const dead = join();
  (dead.pages as unknown as { readonly windows: Windows }).windows.claiming(first, count);
  return dead;
}

test("it is not taken from the thread that gives it back", () => {
  const home = ownedHeap({ slackSuperblocks: 1, groups: 2 });
  const slow = home.join((handle) => openSteered(handle));
  const [taker, late] = [home.join(openMemory), home.join(openMemory)];
  const blocks = Array.from({ length: 400 }, () => slow.slabs.allocate(2000));
  const owned = [...new Set(blocks.map((block) => block - (block % PAGE_BYTES)))];
  const first = Math.min(...owned) / PAGE_BYTES;
  const dead = deadOver(home, first, Math.max(...owned) / PAGE_BYTES - first + 1);
  let taken = 0;
  const memory = slow.memory as SteeredMemory;
  memory.beforeStep = () => {
    if (taken !== 0 || owned.every((page) => home.slabs.owns(page))) return;
    memory.beforeStep = () => {};
    expect(home.heap.reclaim(dead.heap.threadId)).toBe(true);
    taken = taker.pages.acquire(PAGE_BYTES);
    taker.pages.map.setNote(taken, ANOTHER_LAYER);
  };
  for (const block of blocks) slow.slabs.free(block);
  expect(taken).not.toBe(0);
  expect(taker.pages.map.noteAt(taken)).toBe(ANOTHER_LAYER);
  for (let i = 0; i < 2 * owned.length; i++) expect(late.pages.acquire(PAGE_BYTES)).not.toBe(taken);
});

test("it is not lost when that thread dies", () => {
  for (let step = 1, died = true; died; step++) {
    const home = ownedHeap({ slackSuperblocks: 1, groups: 2 });
    const victim = home.join((handle) => openSteered(handle));
    const blocks = Array.from({ length: 400 }, () => victim.slabs.allocate(2000));
    const owned = [...new Set(blocks.map((block) => block - (block % PAGE_BYTES)))];
    const memory = victim.memory as SteeredMemory;
    died = false;
    let steps = 0;
    memory.beforeStep = () => {
      // from the moment on at which a page ceases to be ours
      if (steps === 0 && owned.every((page) => home.slabs.owns(page))) return;
      died = ++steps >= step;
      if (died) throw new Error("killed");
    };
    try {
      for (const block of blocks) {
        victim.slabs.free(block);
        if (steps > 0) break;
      }
    } catch (error) {
      expect((error as Error).message).toBe("killed");
    }
    memory.beforeStep = () => {};
    expect(steps).toBeGreaterThan(0);
    expect(home.heap.reclaim(victim.heap.threadId)).toBe(true);
    home.heap.check();
    let lost = 0;
    home.heap.walk(({ state, bytes }) => (lost += state === "lost" ? bytes : 0));
    expect(lost).toBe(0);
    expect(step).toBeLessThan(500);
  }
});
