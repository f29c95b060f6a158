/** A thread is ended before each step of each operation, and the others take back what it had in hand. */
import { PAGE_BYTES } from "@heapwright/core";
import { describe, expect, test } from "vitest";
import { insides, join, killAt, prove, reclaim, steppedHeap, tryReclaim, type SteppedThread } from "./stepped-heap.js";
import { bytesIn } from "./tiling.js";

const UNIT = 4096;
const PAGES = 48;

interface Victim {
  readonly thread: SteppedThread;
  readonly survivor: SteppedThread;
  readonly small: number;
  readonly whole: number;
}

function victim(): Victim {
  const survivor = steppedHeap(PAGES);
  const thread = join(survivor.handle);
  const { large } = thread.layers;
  return { thread, survivor, small: large.allocate(2 * UNIT), whole: large.allocate(34 * PAGE_BYTES) };
}

interface Deed {
  readonly does: string;
  readonly run: (victim: Victim) => void;
  /** Most bytes that a kill in the middle may cost. */
  readonly loses: number;
}

const DEEDS: readonly Deed[] = [
  { does: "allocating units", run: ({ thread }) => thread.layers.large.allocate(3 * UNIT), loses: 0 },
  { does: "allocating units in a new page", run: ({ thread }) => thread.layers.large.allocate(15 * UNIT), loses: 0 },
  { does: "allocating pages", run: ({ thread }) => thread.layers.large.allocate(3 * PAGE_BYTES), loses: 0 },
  { does: "freeing units", run: ({ thread, small }) => thread.layers.large.free(small), loses: 0 },
  { does: "freeing pages", run: ({ thread, whole }) => thread.layers.large.free(whole), loses: 0 },
  { does: "resizing units", run: ({ thread, small }) => thread.layers.large.resize(small, 5 * UNIT), loses: 0 },
  { does: "shrinking pages", run: ({ thread, whole }) => thread.layers.large.resize(whole, 32 * PAGE_BYTES), loses: 2 * PAGE_BYTES },
  { does: "growing pages", run: ({ thread, whole }) => thread.layers.large.resize(whole, 36 * PAGE_BYTES), loses: 2 * PAGE_BYTES },
];

/** After a death: everything adds up, little is lost, and all the rest can be had. */
function proveRecovered(survivor: SteppedThread, loses: number): void {
  const regions = prove(survivor);
  const lost = bytesIn("lost", regions);
  expect(lost).toBeLessThanOrEqual(loses);
  const claimed = regions.filter(({ state, layer }) => state !== "free" || layer !== "pages").reduce((sum, { bytes }) => sum + bytes, 0);
  expect(survivor.layers.pages.mappedBytes()).toBe(claimed);
  const peak = survivor.layers.pages.peakMappedBytes();
  expect([peak >= claimed, peak <= survivor.memory.end]).toEqual([true, true]);
  const { large, pages } = survivor.layers;
  for (const { state, block } of regions) if (state === "live") large.free(block);
  const left = prove(survivor);
  expect([bytesIn("live", left), bytesIn("lost", left)]).toEqual([0, lost]);
  let free = (PAGES - 1) * PAGE_BYTES - lost;
  while (free > 0) {
    const address = pages.acquire(PAGE_BYTES);
    expect(address).not.toBe(0);
    free -= PAGE_BYTES;
  }
  expect(pages.acquire(PAGE_BYTES)).toBe(0);
}

describe.each(DEEDS)("killed while $does", ({ run, loses }) => {
  test("costs others nothing but that", () => {
    for (let step = 1; ; step++) {
      const scene = victim();
      if (!killAt(scene.thread, step, () => run(scene))) break;
      const { survivor } = scene;
      // before anybody reclaims: others go on
      const more = survivor.layers.large.allocate(UNIT);
      expect(more).not.toBe(0);
      survivor.layers.large.free(more);
      reclaim(survivor, scene.thread);
      proveRecovered(survivor, loses);
    }
  });

  test("and reclaimed while a third thread is in the middle of something", () => {
    for (let step = 1; ; step++) {
      const steps = [1, 4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 25, 30, 40, 60];
      let died = false;
      for (const third of steps) {
        const scene = victim();
        died = killAt(scene.thread, step, () => run(scene));
        if (!died) break;
        const other = join(scene.survivor.handle);
        let mine = 0;
        other.memory.during(
          () => (mine = other.layers.large.allocate(3 * PAGE_BYTES)),
          (now) => {
            if (now === third) reclaim(scene.survivor, scene.thread);
          },
        );
        if (scene.survivor.root.threads.slotOf(scene.thread.root.threads.id) >= 0) reclaim(scene.survivor, scene.thread);
        expect(mine).not.toBe(0);
        expect(other.layers.large.usableSize(mine)).toBe(3 * PAGE_BYTES);
        // a page that stood in two windows at once may stay lost
        proveRecovered(scene.survivor, loses + 3 * PAGE_BYTES);
      }
      if (!died) break;
    }
  });
});

test("two threads that died over the same pages are reclaimed one after the other", () => {
  for (let step = 1; ; step++) {
    const survivor = steppedHeap(PAGES);
    const [first, second] = [join(survivor.handle), join(survivor.handle)];
    if (!killAt(first, step, () => first.layers.large.allocate(20 * PAGE_BYTES))) break;
    for (let other = 1; ; other++) {
      const late = join(survivor.handle);
      if (!killAt(late, other, () => late.layers.large.allocate(20 * PAGE_BYTES))) break;
      reclaim(survivor, late);
    }
    killAt(second, 12, () => second.layers.large.allocate(20 * PAGE_BYTES));
    reclaim(survivor, first);
    reclaim(survivor, second);
    proveRecovered(survivor, 0);
  }
});

/** Step of a request for pages before which it has said which ones, and claimed none. */
const ANNOUNCED = 8;

test("what another thread has just claimed is not taken from it, even if that one then stands still", () => {
  const request = 3 * PAGE_BYTES;
  for (let step = 1; ; step++) {
    for (let stop = 1; ; stop++) {
      const survivor = steppedHeap(PAGES);
      const dead = join(survivor.handle);
      const still = join(survivor.handle);
      // what a thread does only once is behind it, so that steps are those of the request
      for (const thread of [dead, still]) thread.layers.large.free(thread.layers.large.allocate(request));
      expect(killAt(dead, ANNOUNCED, () => dead.layers.large.allocate(request))).toBe(true);
      expect([insides(survivor).windows.of(dead.root.threads.slot).phase, insides(survivor).runs.isTaken(1)]).toEqual(["claiming", false]);
      const taken = (): boolean[] => [1, 2, 3].map((page) => insides(survivor).runs.isTaken(page));
      let stopped = false;
      let held: boolean[] = [];
      const steps = survivor.memory.during(
        () => reclaim(survivor, dead),
        (now) => {
          if (now !== step) return;
          stopped = killAt(still, stop, () => still.layers.large.allocate(request));
          held = taken();
        },
      );
      if (steps < step) return;
      if (!stopped) break;
      expect(taken(), `stopped at ${stop} before step ${step}`).toEqual(held);
    }
  }
});

test("a dead thread that had nothing in hand leaves its objects live", () => {
  const { thread, survivor, small, whole } = victim();
  reclaim(survivor, thread);
  expect(survivor.layers.large.usableSize(small)).toBe(2 * UNIT);
  expect(survivor.layers.large.usableSize(whole)).toBe(34 * PAGE_BYTES);
  expect(bytesIn("lost", prove(survivor))).toBe(0);
});

/** Pages that are claimed from the eighth on. */
function takenFrom8(thread: SteppedThread): number[] {
  return Array.from({ length: PAGES - 8 }, (_, i) => 8 + i).filter((page) => insides(thread).runs.isTaken(page));
}

test("who is in its way for good is not waited for at every page", () => {
  const survivor = steppedHeap(PAGES);
  const [one, other] = [join(survivor.handle), join(survivor.handle)];
  for (const { windows } of [one, other].map(insides)) windows.claiming(8, 40);
  expect(insides(one).runs.claimAt(8, 40)).toBe(true);
  const steps = survivor.memory.during(() => reclaim(survivor, one), () => {});
  // one page is waited for, not forty
  expect(steps).toBeLessThan(1_000_000);
  reclaim(survivor, other);
  expect(takenFrom8(survivor)).toEqual([]);
  prove(survivor);
});

test("who is in its way for a while, as one whose processor others have, costs it nothing", () => {
  const survivor = steppedHeap(PAGES);
  const [one, other] = [join(survivor.handle), join(survivor.handle)];
  for (const { windows } of [one, other].map(insides)) windows.claiming(8, 40);
  expect(insides(one).runs.claimAt(8, 40)).toBe(true);
  let closed = false;
  survivor.memory.during(() => reclaim(survivor, one), (step) => {
    if (step !== 100_000) return;
    insides(other).windows.close();
    closed = true;
  });
  expect(closed).toBe(true);
  expect(takenFrom8(survivor)).toEqual([]);
  prove(survivor);
});

test("who is in its way at one page costs it no other, though a third one works meanwhile", () => {
  const survivor = steppedHeap(PAGES);
  const [one, other, third] = [join(survivor.handle), join(survivor.handle), join(survivor.handle)];
  insides(one).windows.claiming(8, 40);
  expect(insides(one).runs.claimAt(8, 40)).toBe(true);
  insides(other).windows.claiming(8, 1);
  survivor.memory.during(() => reclaim(survivor, one), (step) => {
    if (step % 100 === 0) insides(third).windows.claiming(47, 1);
    if (step % 100 === 50) insides(third).windows.close();
  });
  expect(takenFrom8(survivor)).toEqual([8]);
  reclaim(survivor, other);
  expect(takenFrom8(survivor)).toEqual([]);
  prove(survivor);
});

test("its slot serves the next thread", () => {
  const { thread, survivor } = victim();
  killAt(thread, 20, () => thread.layers.large.allocate(5 * PAGE_BYTES));
  const { slot } = thread.root.threads;
  reclaim(survivor, thread);
  const next = join(survivor.handle);
  expect(next.root.threads.slot).toBe(slot);
  const address = next.layers.large.allocate(5 * PAGE_BYTES);
  next.layers.large.free(address);
  expect(bytesIn("lost", prove(next))).toBe(0);
});

describe.each(DEEDS)("killed while $does, and whoever reclaims it killed as well", ({ run, loses }) => {
  test("costs others nothing but that", () => {
    for (let step = 1, died = true; died; step++) {
      // each step of the first with every eleventh of the second, others each time
      for (let later = 1 + (step % 11); ; later += 11) {
        const scene = victim();
        const { survivor } = scene;
        died = killAt(scene.thread, step, () => run(scene));
        const helper = join(survivor.handle);
        if (!died || !killAt(helper, later, () => reclaim(helper, scene.thread))) break;
        // before anybody goes on: what was given back already may be somebody's
        const taken = [survivor.layers.large.allocate(3 * PAGE_BYTES), survivor.layers.large.allocate(UNIT)];
        reclaim(survivor, helper);
        tryReclaim(survivor, scene.thread);
        expect(taken.map((address) => survivor.layers.large.usableSize(address))).toEqual([3 * PAGE_BYTES, UNIT]);
        proveRecovered(survivor, 2 * loses);
      }
    }
  });
});
