// A thread cache, stopped before each of its accesses in turn: for ever, and for as long as another thread takes for an
// operation of its own.
import { describe, expect, it } from "vitest";
import { Copies, SteppedMemory } from "../../coalesce/test/stepped-memory.js";
import { cachedHeap, keptIn, liveIn, type Below, type CachedThread } from "./cached-heap.js";

const OPTIONS = { blocksPerClass: 6 };
const SIZE = 3000;

interface Scene {
  readonly home: CachedThread;
  readonly halves: readonly [readonly number[], readonly number[]];
  readonly live: ReadonlySet<number>;
}

function scene(below: Below): Scene {
  const home = cachedHeap(OPTIONS, below);
  const other = home.join();
  const all = [home, other].flatMap(({ cache }) => Array.from({ length: 14 }, () => cache.allocate(SIZE)));
  other.cache.free(all.pop()!);
  other.cache.free(all.shift()!);
  return { home, live: new Set(all), halves: [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)] };
}

type Operation = (thread: CachedThread, blocks: readonly number[], live: Set<number>) => unknown;

function allocate({ cache }: CachedThread, count: number, live: Set<number>): void {
  for (let i = 0; i < count; i++) {
    const block = cache.allocate(SIZE);
    if (block === 0 || live.has(block)) throw new Error(`${block} was handed out twice`);
    live.add(block);
  }
}

function free({ cache }: CachedThread, blocks: readonly number[], live: Set<number>): void {
  for (const block of blocks) {
    live.delete(block);
    cache.free(block);
  }
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "fetch a batch": (thread, _, live) => allocate(thread, 1, live),
  "free and allocate": (thread, blocks, live) => {
    free(thread, blocks.slice(0, 2), live);
    allocate(thread, 2, live);
  },
  "free more than is kept": (thread, blocks, live) => free(thread, blocks.slice(0, 8), live),
  "work and leave": (thread, blocks, live) => {
    allocate(thread, 2, live);
    free(thread, blocks.slice(0, 3), live);
    thread.heap[Symbol.dispose]();
  },
};
const NAMES = Object.keys(OPERATIONS);
const BELOW: readonly Below[] = ["exclusive", "owned"];

describe.each<Below>([...BELOW, "buckets"])("over %s slabs, a thread that dies", (below) => {
  it.each(NAMES)("anywhere in `%s` costs at most a batch", (name) => {
    const made = scene(below);
    const copies = new Copies(made.home.handle);
    for (let at = 0, died = true; died; at++) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const victim = made.home.join(memory);
      const survivor = made.home.join(SteppedMemory.open(handle));
      const live = new Set(made.live);
      died = memory.dieAt(at, () => OPERATIONS[name](victim, made.halves[0], live));
      if (died) survivor.heap.reclaim(victim.heap.threadId);
      survivor.heap.check();
      const found = liveIn(survivor);
      for (const block of live) expect(found).toContain(block);
      // one block in hand, and those of a batch that was being given back
      expect(found.length - live.size).toBeLessThanOrEqual(1 + OPTIONS.blocksPerClass / 2);
      for (const block of found) survivor.cache.free(block);
      survivor.heap.check();
      expect(liveIn(survivor)).toEqual([]);
      expect(keptIn(survivor).blocks).toBeLessThanOrEqual((died ? 3 : 4) * OPTIONS.blocksPerClass);
      expect(at).toBeLessThan(20_000);
    }
  });
});

describe.each<Below>([...BELOW, "buckets"])("over %s slabs, a thread that dies while it reclaims another", (below) => {
  it("costs at most a batch, however many blocks that one kept", () => {
    const home = cachedHeap(OPTIONS, below);
    const victim = home.join();
    // of several classes, in full lists
    const kept = [16, 100, 700, SIZE, 5000].flatMap((bytes) => Array.from({ length: OPTIONS.blocksPerClass }, () => victim.cache.allocate(bytes)));
    for (const block of kept) victim.cache.free(block);
    expect(keptIn(home).blocks).toBeGreaterThan(4 * OPTIONS.blocksPerClass);
    const copies = new Copies(home.handle);
    for (let at = 0, died = true; died; at += 1 + (at >>> 7)) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const heir = home.join(memory);
      died = memory.dieAt(at, () => heir.heap.reclaim(victim.heap.threadId));
      const survivor = home.join(SteppedMemory.open(handle));
      if (died) {
        survivor.heap.reclaim(heir.heap.threadId);
        survivor.heap.reclaim(victim.heap.threadId);
      }
      survivor.heap.check();
      expect(keptIn(survivor).blocks).toBe(0);
      const found = liveIn(survivor);
      expect(found.length, `death at ${at}`).toBeLessThanOrEqual(OPTIONS.blocksPerClass / 2);
      for (const block of found) survivor.cache.free(block);
      survivor.heap.check();
    }
  });
});

describe.each(BELOW)("over %s slabs, a thread that is overtaken", (below) => {
  it.each(NAMES.flatMap((slow) => NAMES.map((fast) => [slow, fast] as const)))("in `%s` by `%s`", (slow, fast) => {
    const made = scene(below);
    const copies = new Copies(made.home.handle);
    for (let at = 0, reached = true; reached; at += 1 + (at >>> 5)) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const [first, second, witness] = [made.home.join(memory), made.home.join(SteppedMemory.open(handle)), made.home.join(SteppedMemory.open(handle))];
      const live = new Set(made.live);
      const overtake = (): unknown => OPERATIONS[fast](second, made.halves[1], live);
      reached = memory.runUntil(at, overtake, () => OPERATIONS[slow](first, made.halves[0], live));
      witness.heap.check();
      expect(liveIn(witness)).toEqual([...live].sort((a, b) => a - b));
    }
  });
});

describe("a thread that dies while it gives blocks back", () => {
  it("is not believed about those that may have arrived, and be somebody else's again", () => {
    const made = cachedHeap(OPTIONS);
    let given = 0;
    const copies = new Copies(made.handle);
    for (let at = 0, died = true; died; at++) {
      const handle = copies.next();
      const memory = SteppedMemory.open(handle);
      const [victim, owner] = [made.join(memory), made.join(SteppedMemory.open(handle))];
      const live = new Set<number>();
      allocate(owner, 40, live);
      const blocks = [...live].slice(0, 8);
      died = memory.dieAt(at, () => free(victim, blocks, live));
      const before = new Set(live);
      allocate(owner, 30, live);
      given += blocks.filter((block) => live.has(block) && !before.has(block)).length;
      if (died) owner.heap.reclaim(victim.heap.threadId);
      owner.heap.check();
      const found = liveIn(owner);
      for (const block of live) expect(found).toContain(block);
    }
    expect(given).toBeGreaterThan(0);
  });
});
