/** Two threads, one of which runs a whole operation before each step of an operation of the other. */
import { PAGE_BYTES, pageNote } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { claimRun } from "@heapwright/pages";
import { insides, join, prove, steppedHeap, type SteppedThread } from "./stepped-heap.js";

const UNIT = 4096;
const PAGES = 48;

interface Situation {
  readonly thread: SteppedThread;
  /** Made before, for this operation. */
  readonly small: number;
  readonly whole: number;
}

/** An operation, and the object that it leaves behind, if any. */
type Operation = (situation: Situation) => number;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "allocates a unit": ({ thread }) => thread.layers.large.allocate(1),
  "allocates many units": ({ thread }) => thread.layers.large.allocate(12 * UNIT),
  "allocates a page": ({ thread }) => thread.layers.large.allocate(PAGE_BYTES),
  "allocates pages across words": ({ thread }) => thread.layers.large.allocate(30 * PAGE_BYTES),
  "frees units": ({ thread, small }) => (thread.layers.large.free(small), 0),
  "frees pages": ({ thread, whole }) => (thread.layers.large.free(whole), 0),
  "shrinks units": ({ thread, small }) => (thread.layers.large.resize(small, 1), small),
  "grows units": ({ thread, small }) => (thread.layers.large.resize(small, 6 * UNIT), small),
  "shrinks pages": ({ thread, whole }) => (thread.layers.large.resize(whole, 1), whole),
  "grows pages": ({ thread, whole }) => (thread.layers.large.resize(whole, 4 * PAGE_BYTES), whole),
};

type Neighbours = "in one page" | "in two pages";

/** Two threads with an object of units and one of pages each. */
function situations(neighbours: Neighbours): [Situation, Situation] {
  const first = steppedHeap(PAGES);
  const second = join(first.handle);
  const a = first.layers.large.allocate(2 * UNIT);
  const filler = neighbours === "in two pages" ? first.layers.large.allocate(14 * UNIT) : 0;
  const b = second.layers.large.allocate(2 * UNIT);
  if (filler !== 0) first.layers.large.free(filler);
  const c = first.layers.large.allocate(3 * PAGE_BYTES);
  const d = second.layers.large.allocate(3 * PAGE_BYTES);
  return [{ thread: first, small: a, whole: c }, { thread: second, small: b, whole: d }];
}

function liveBlocks(thread: SteppedThread, ...others: SteppedThread[]): number[] {
  return prove(thread, ...others).filter(({ state }) => state === "live").map(({ block }) => block);
}

const NAMES = Object.keys(OPERATIONS);
const PLACES: readonly Neighbours[] = ["in one page", "in two pages"];
const CASES = PLACES.flatMap((place) => NAMES.flatMap((outer) => NAMES.map((inner) => [outer, inner, place] as const)));

test.each(CASES)("while one thread %s, another %s, %s", (outer, inner, place) => {
  for (let step = 1; ; step++) {
    const [first, second] = situations(place);
    let outerResult = 0;
    let innerResult = 0;
    const steps = first.thread.memory.during(
      () => (outerResult = OPERATIONS[outer](first)),
      (now) => {
        if (now === step) innerResult = OPERATIONS[inner](second);
      },
    );
    if (steps < step) break;
    const results = [outerResult, innerResult].filter((address) => address !== 0);
    expect(new Set(results).size).toBe(results.length);
    const live = liveBlocks(first.thread);
    expect(live).toEqual(expect.arrayContaining(results));
    for (const address of live) second.thread.layers.large.free(address);
    expect(liveBlocks(first.thread, second.thread)).toEqual([]);
    // whatever came back late: all of it is one run again
    const rest = (PAGES - 1) * PAGE_BYTES;
    expect(first.thread.layers.large.allocate(rest)).not.toBe(0);
  }
});

test("a page that left for another layer with the same detail is not touched", () => {
  for (let step = 1; ; step++) {
    const first = steppedHeap(PAGES);
    const second = join(first.handle);
    const { pages, large } = second.layers;
    const block = first.layers.large.allocate(3 * UNIT);
    const detail = pages.map.detailWord(block);
    const state = second.memory.i32[detail];
    let claimed = 0;
    const steps = first.memory.during(
      () => (claimed = first.layers.large.allocate(2 * UNIT)),
      (now) => {
        if (now !== step) return;
        if (second.memory.i32[detail] !== state) return;
        large.free(block);
        expect(pages.acquire(PAGE_BYTES)).toBe(block);
        pages.map.setNote(block, pageNote(9, 1));
        second.memory.i32[detail] = state;
      },
    );
    if (steps < step) return;
    if (pages.map.noteAt(block) !== pageNote(9, 1)) continue;
    expect(second.memory.i32[detail]).toBe(state);
    expect(Math.floor(claimed / PAGE_BYTES)).not.toBe(block / PAGE_BYTES);
  }
});

test("a page that gets room while it is being struck off is not forgotten", () => {
  for (let step = 1; ; step++) {
    const first = steppedHeap(PAGES);
    const second = join(first.handle);
    first.layers.large.allocate(UNIT);
    const large = first.layers.large.allocate(10 * UNIT);
    // the page still stands where pages with 8 free units are, and will be struck off there
    const steps = first.memory.during(
      () => first.layers.large.allocate(8 * UNIT),
      (now) => {
        if (now === step) second.layers.large.free(large);
      },
    );
    prove(first, second);
    if (steps < step) return;
  }
});

test.each(["search", "free"] as const)("room made during a search is found by the next one, where the %s is interrupted by the other", (outer) => {
  for (let step = 1; ; step++) {
    const searching = steppedHeap(PAGES);
    const freeing = join(searching.handle);
    searching.layers.large.allocate(UNIT);
    const large = searching.layers.large.allocate(10 * UNIT);
    const search = (): unknown => searching.layers.large.allocate(8 * UNIT);
    // fills a page of its own, and strikes the other one off where pages with 8 free units are
    for (let i = 0; i < 2; i++) search();
    const free = (): unknown => freeing.layers.large.free(large);
    const [interrupted, first, second] = outer === "search" ? [searching, search, free] : [freeing, free, search];
    const steps = interrupted.memory.during(first, (now) => {
      if (now === step) second();
    });
    if (steps < step) return;
    for (let i = 0; i < 2; i++) search();
    const header = Math.ceil(searching.root.end / PAGE_BYTES) * PAGE_BYTES;
    expect(searching.layers.pages.mappedBytes() - header).toBe(3 * PAGE_BYTES);
  }
});

test("no page with room is forgotten, whatever happened to it before", () => {
  const act = fc.record({ thread: fc.nat({ max: 1 }), pick: fc.nat(), units: fc.integer({ min: 1, max: 15 }), kind: fc.constantFrom("allocate", "free", "resize") });
  type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;
  const play = (threads: readonly SteppedThread[], live: number[], { thread, pick, units, kind }: Act): void => {
    const { large } = threads[thread].layers;
    const at = pick % Math.max(1, live.length);
    if (kind === "allocate" || live.length === 0) live.push(large.allocate(units * UNIT));
    else if (kind === "free") large.free(live.splice(at, 1)[0]);
    else large.resize(live[at], units * UNIT);
  };
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), act, fc.array(act, { minLength: 1, maxLength: 4 }), (history, outer, inner) => {
      for (let step = 1; ; step++) {
        const first = steppedHeap(PAGES);
        const threads = [first, join(first.handle)];
        const live: number[] = [];
        for (const one of history) play(threads, live, one);
        const target = live[outer.pick % Math.max(1, live.length)] ?? 0;
        const others = live.filter((address) => address !== target);
        const steps = first.memory.during(
          () => {
            if (outer.kind === "allocate" || target === 0) first.layers.large.allocate(outer.units * UNIT);
            else if (outer.kind === "free") first.layers.large.free(target);
            else first.layers.large.resize(target, outer.units * UNIT);
          },
          (now) => {
            if (now === step) for (const one of inner) play(threads, others, { ...one, thread: 1 });
          },
        );
        prove(first, threads[1]);
        if (steps < step) return;
      }
    }),
    { numRuns: 60 },
  );
});

test("a window names its pages before it opens, so that nobody reads the range of the one before", () => {
  const thread = steppedHeap(PAGES);
  const { windows } = insides(thread);
  const { slot } = thread.root.threads;
  windows.claiming(5, 6);
  windows.close();
  const seen: unknown[] = [];
  thread.memory.during(() => windows.erasing(7, 8), () => seen.push(windows.of(slot)));
  expect(seen).toEqual([
    { phase: "idle", first: 5, count: 6 },
    { phase: "idle", first: 7, count: 8 },
  ]);
  expect(windows.of(slot)).toEqual({ phase: "erasing", first: 7, count: 8 });
});

describe("a request does not fail while there is memory", () => {
  test("when a run is freed behind its search and another taken before it", () => {
    for (let step = 1; ; step++) {
      const thread = steppedHeap(200);
      const other = join(thread.handle);
      const rows = insides(thread).runs;
      // a hole at the very beginning, so that searches begin there and do not look twice
      const hole = thread.layers.large.allocate(PAGE_BYTES);
      const first = thread.layers.large.allocate(99 * PAGE_BYTES);
      thread.layers.large.free(hole);
      const second = thread.layers.large.allocate(90 * PAGE_BYTES);
      other.layers.large.free(second);
      let served = 0;
      const steps = thread.memory.during(
        () => (served = claimRun(rows, 60, 1)),
        (now) => {
          if (now !== step) return;
          other.layers.large.free(first);
          claimRun(insides(other).runs, 30, 1);
          insides(other).runs.claimAt(105, 90);
        },
      );
      if (steps < step) return;
      expect(served, `before step ${step}`).toBeGreaterThan(0);
    }
  });

  test("when another one holds what it will roll back", () => {
    for (let moment = 1; moment < 200; moment++) {
      const thread = steppedHeap(64);
      const slow = join(thread.handle);
      slow.layers.large.free(slow.layers.large.allocate(1));
      // the other has claimed all pages of a run so far, and will find that it cannot have the next one
      insides(slow).windows.claiming(1, 63);
      expect(insides(slow).runs.claimAt(1, 63)).toBe(true);
      let served = 0;
      thread.memory.during(
        () => (served = thread.layers.large.allocate(PAGE_BYTES)),
        (step) => {
          if (step === moment) insides(slow).runs.release(1, 63);
          if (step === moment + 3) insides(slow).windows.close();
        },
      );
      expect(served, `rolled back before step ${moment}`).not.toBe(0);
    }
  });

  test("but it does not wait for ever for one that stands still", () => {
    const thread = steppedHeap(64);
    const still = join(thread.handle);
    still.layers.large.free(still.layers.large.allocate(1));
    insides(still).windows.claiming(1, 63);
    insides(still).runs.claimAt(1, 63);
    expect(thread.layers.large.allocate(PAGE_BYTES)).toBe(0);
  });
});
