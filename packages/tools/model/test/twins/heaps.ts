/** Page sources, large objects and registries with one thing wrong each. */
import { ThreadRegistry, THREADS, type Memory, type Root } from "@heapwright/core";
import { Pages, Runs } from "@heapwright/pages";
import { HEAD } from "../scenarios/case.js";
import { allocateAndFree, largeScenario } from "../scenarios/large-objects.js";
import { acquireAndRelease, acquireAndUse, pageScenario, rescued } from "../scenarios/pages.js";
import { claim, runsScenario } from "../scenarios/runs.js";
import { allDifferent, joining, reclaimedOnce, reclaiming, registryScenario, withVictim } from "../scenarios/threads.js";
import { changed, twinOf, type Twin } from "./twin.js";

const W = HEAD >>> 2;

/** Pages on a memory that behaves otherwise, but for the observer's. */
const pagesOn = (change: (memory: Memory) => Partial<Memory>) => (root: Root): Pages => {
  const { memory } = root;
  const prototype = Object.getPrototypeOf(memory) as Memory;
  const { load, store, cas, or, and, add, reach } = prototype;
  const original = changed(memory, {
    load: load.bind(memory), store: store.bind(memory), cas: cas.bind(memory), or: or.bind(memory), and: and.bind(memory),
    add: add.bind(memory), reach: reach.bind(memory),
  });
  if (!root.fresh) Object.assign(memory, change(original));
  return new Pages(root);
};

/** Claims bits whatever they are. */
const greedyPages = pagesOn((memory) => ({
  cas(w, expected, value) {
    const isBitmap = expected !== value && (expected & value) === expected && (value & 1) === 1;
    if (!isBitmap) return memory.cas(w, expected, value);
    memory.or(w, value);
    return true;
  },
}));

/** Clears bits by a load and a store. */
const storingPages = pagesOn((memory) => ({
  and(w, mask) {
    const before = memory.load(w);
    memory.store(w, before & mask);
    return before;
  },
}));

/** Counts pages by a load and a store. */
const miscountingPages = pagesOn((memory) => ({
  add(w, delta) {
    const before = memory.load(w);
    memory.store(w, before + delta);
    return before;
  },
}));

/** Keeps what it has claimed of a run that it does not get whole. */
class NoRollback extends Runs {
  override claimAt(first: number, count: number): boolean {
    const { claimInWord } = this as unknown as { claimInWord(at: number, end: number): boolean };
    for (let at = first; at < first + count; at = (at & ~31) + 32) {
      if (!claimInWord.call(this, at, first + count)) return false;
    }
    return true;
  }
}

/** Clears the note of a page once the page is another's. */
class NoteLast extends Pages {
  override release(address: number, bytes: number): void {
    const { clear } = this.map;
    this.map.clear = () => {};
    super.release(address, bytes);
    this.map.clear = clear;
    this.map.clear(address >>> 16, bytes >>> 16);
  }
}

/** Forgets to look whether its views reach as far as the pages. */
const shortPages = pagesOn(() => ({ reach: () => true }));

/** Takes pages that the dead had in its window though others have them in theirs. */
const graspingPages = (root: Root): Pages => {
  const pages = new Pages(root);
  Object.assign((pages as unknown as { windows: object }).windows, { lookUncovered: (_page: number, _dead: number, look: () => unknown) => look() });
  return pages;
};

/** Changes entries of the page map without comparing them. */
const careless = ({ fresh, memory }: Root): void => {
  if (fresh) return;
  const { store } = memory;
  Object.assign(memory, {
    cas2(w: number, _low: number, _high: number, newLow: number, newHigh: number) {
      store.call(memory, w, newLow);
      store.call(memory, w + 1, newHigh);
      return true;
    },
  });
};

/** Lets anybody be a reclaimer. */
const sharedReclaim = (memory: Memory, capacity: number): ThreadRegistry =>
  new ThreadRegistry(
    changed(memory, {
      cas2(w, _thread, _reclaimer, thread, reclaimer) {
        memory.store(w, thread);
        memory.store(w + 1, reclaimer);
        return true;
      },
    }),
    HEAD,
    capacity,
  );

/** Gives ids by a load and a store. */
const storingIds = (memory: Memory, capacity: number): ThreadRegistry =>
  new ThreadRegistry(
    changed(memory, {
      add(w, delta) {
        const before = memory.load(w);
        memory.store(w, before + delta);
        return before;
      },
    }),
    HEAD,
    capacity,
  );

/** Takes slots by a load and a store. */
const storingSlots = (memory: Memory, capacity: number): ThreadRegistry =>
  new ThreadRegistry(
    changed(memory, {
      cas(w, expected, value) {
        if (w < W + THREADS.bytes / 4 || memory.load(w) !== expected) return false;
        memory.store(w, value);
        return true;
      },
    }),
    HEAD,
    capacity,
  );

export const HEAP_TWINS: readonly Twin[] = [
  twinOf("page source that claims by or", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], greedyPages)),
  twinOf("page source that releases by a store", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], storingPages)),
  twinOf("page source that keeps half of a run", "wrong in the end", runsScenario("two threads claim across words", [claim(4), claim(3)], [4, 3], (memory) => new NoRollback(memory, HEAD, 64))),
  twinOf("page source that counts by a store", "wrong in the end", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], miscountingPages)),
  twinOf("page source that clears notes last", "data race", pageScenario("one against two", 5, [acquireAndRelease(1), acquireAndRelease(2)], (root) => new NoteLast(root))),
  twinOf("page source that does not grow", "stale view", pageScenario("write to what was acquired", 5, [acquireAndUse, acquireAndUse], shortPages)),
  twinOf("page source that reclaims what is in others' windows", "thrown", rescued(pageScenario("one against two, one is killed", 5, [acquireAndRelease(1), acquireAndRelease(2)], graspingPages), 5), { deaths: 1, preemptions: 2 }),
  twinOf("large objects that change entries without comparing", "wrong in the end", largeScenario("fragments of one page", [allocateAndFree(4096), allocateAndFree(8192)], 0, careless), { preemptions: 2 }),
  twinOf("registry that lets several reclaim one thread", "wrong in the end", withVictim(registryScenario("two threads reclaim the same one", 6, [reclaiming(sharedReclaim), reclaiming(sharedReclaim)], reclaimedOnce))),
  twinOf("registry that gives ids by a store", "wrong in the end", registryScenario("two threads join", 4, [joining(4, storingIds), joining(4, storingIds)], allDifferent)),
  twinOf("registry that takes slots by a store", "wrong in the end", registryScenario("two threads join", 4, [joining(4, storingSlots), joining(4, storingSlots)], allDifferent)),
];
