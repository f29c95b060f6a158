import { fixed } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { attachSlabs, bytesIn, formatSlabs, liveBlocks, superblockOf, TINY, type AnchoredThread } from "./anchored-fixture.js";
import { Killed, MortalMemory } from "./mortal-memory.js";

const OPTIONS = { classes: TINY, deaths: "possible" as const };
const BLOCK = 5000;
const take = (thread: AnchoredThread, count: number): number[] => Array.from({ length: count }, () => thread.slabs.allocate(BLOCK));

/** What the victim does when it dies, after what the survivor has prepared for it; both on the same processor heap. */
interface Scene {
  /** @returns blocks for the victim to free */
  prepare(survivor: AnchoredThread): number[];
  act(victim: AnchoredThread, blocks: readonly number[]): void;
  /** Bytes that the kill may cost. */
  readonly cost: number;
}

const SUPERBLOCK = 16384;
const free = (victim: AnchoredThread, blocks: readonly number[]): void => blocks.forEach((p) => victim.slabs.free(p));

const SCENES: Record<string, Scene> = {
  "takes a block of the active superblock": {
    prepare: (one) => (take(one, 1), []),
    act: (victim) => void take(victim, 1),
    cost: 5440,
  },
  "takes the last credit, and brings new ones": {
    prepare: (one) => {
      const [, q] = take(one, 2);
      one.slabs.free(q);
      return [];
    },
    act: (victim) => void take(victim, 1),
    cost: SUPERBLOCK,
  },
  "takes a block of a partial superblock": {
    prepare: (one) => {
      for (const p of take(one, 6).filter((_, i) => i !== 1 && i !== 4)) one.slabs.free(p);
      return [];
    },
    act: (victim) => void take(victim, 1),
    cost: SUPERBLOCK,
  },
  "makes a superblock, a hyperblock and descriptors": {
    prepare: (one) => (take(one, 9), []),
    act: (victim) => void take(victim, 1),
    cost: 65536,
  },
  "frees a block of a full superblock": {
    prepare: (one) => take(one, 6).slice(1, 2),
    act: free,
    cost: SUPERBLOCK,
  },
  "frees the last block, and returns the superblock": {
    prepare: (one) => {
      const blocks = take(one, 9);
      for (const p of [blocks[0], blocks[3], blocks[4], blocks[6], blocks[7]]) one.slabs.free(p);
      return [blocks[5], blocks[8]];
    },
    act: free,
    cost: 2 * SUPERBLOCK,
  },
  "frees everything, and returns hyperblocks": {
    prepare: (one) => {
      const blocks = take(one, 18);
      free(one, blocks.filter((_, i) => i % 3 !== 0));
      return blocks.filter((_, i) => i % 3 === 0);
    },
    act: free,
    cost: 65536 + SUPERBLOCK,
  },
  "takes and gives batches": {
    prepare: (one) => [...take(one, 5), one.slabs.allocate(8000)],
    act: (victim, blocks) => {
      const into = blocks[5];
      const source = victim.slabs.blocksOf(0);
      victim.memory.u32.set(blocks.slice(0, 5), into >>> 2);
      source.give(into, 5);
      source.take(into, 4);
      source.give(into, 4);
      victim.slabs.free(into);
    },
    cost: 5 * 5440 + SUPERBLOCK + 8176,
  },
  "aligns a block": {
    prepare: (one) => (take(one, 1), []),
    act: (victim) => victim.slabs.free(victim.slabs.allocateAligned(1024, 2000)),
    cost: 5440,
  },
};

/** Plays a scene in which the victim dies after so many steps. @returns whether it came to the end before, and what it cost */
function play(scene: Scene, steps: number): { survived: boolean; cost: number } {
  const one = formatSlabs(OPTIONS);
  const victim = attachSlabs(one.handle, { ...OPTIONS, open: (handle) => new MortalMemory(handle) });
  // full, so that a scene begins with superblocks of its own
  const mine = take(one, 3);
  const blocks = scene.prepare(one);
  const own = liveBlocks(one).filter((p) => !blocks.includes(p));
  for (const p of own) one.memory.fill(p, 4000, p % 251);
  const survived = !dies(victim, steps, () => scene.act(victim, blocks));
  if (!survived) expect(one.heap.reclaim(victim.heap.threadId)).toBe(true);
  one.heap.check();
  const after = [...take(one, 40), one.slabs.allocate(8000)];
  expect(after).not.toContain(0);
  one.heap.check();
  expect(liveBlocks(one)).toEqual(expect.arrayContaining([...own, ...after, ...mine]));
  for (const p of own) expect(one.memory.u8.subarray(p, p + 4000).every((byte) => byte === p % 251)).toBe(true);
  for (const p of [...own, ...after]) one.slabs.free(p);
  one.heap.check();
  const orphans = survived ? 0 : liveBlocks(one).length * 5440;
  return { survived, cost: bytesIn(one, "lost") + orphans };
}

describe("a thread that is killed while it", () => {
  it.each(Object.entries(SCENES))("%s costs the others little, at whatever step", (_name, scene) => {
    let worst = 0;
    for (let steps = 0; ; steps++) {
      const { survived, cost } = play(scene, steps);
      worst = Math.max(worst, cost);
      if (survived) break;
      expect(steps).toBeLessThan(2000);
    }
    expect(worst).toBeLessThanOrEqual(scene.cost);
  });
});

describe("a superblock whose descriptor died in the hands of a thread", () => {
  it("goes back all the same when its last block is freed", () => {
    for (let steps = 0; ; steps++) {
      const one = formatSlabs(OPTIONS);
      const victim = attachSlabs(one.handle, { ...OPTIONS, open: (handle) => new MortalMemory(handle) });
      const [p, q, r] = take(one, 3);
      (victim.memory as MortalMemory).dieAfter(steps);
      expect(() => victim.slabs.free(q)).toThrow(Killed);
      if (superblockOf(one, p).state === "FULL") continue;
      expect(superblockOf(one, p)).toMatchObject({ state: "PARTIAL", inSlot: false });
      free(one, [p, r]);
      one.heap.check();
      expect([bytesIn(one, "lost"), bytesIn(one, "live")]).toEqual([0, 0]);
      return;
    }
  });
});

it("what is promised after a death is served, wherever a partial superblock was at that moment", () => {
  for (let steps = 0, survived = false; !survived; steps++) {
    const one = formatSlabs({ ...OPTIONS, source: fixed(4 * 65536) });
    const victim = attachSlabs(one.handle, { ...OPTIONS, open: (handle) => new MortalMemory(handle) });
    const blocks: number[] = [];
    for (let p = one.slabs.allocate(BLOCK); p !== 0; p = one.slabs.allocate(BLOCK)) blocks.push(p);
    one.slabs.free(blocks[4]);
    survived = !dies(victim, steps, () => take(victim, 1));
    if (!survived) one.heap.reclaim(victim.heap.threadId);
    const promised = one.slabs.inspect({ extent: () => undefined, cached: () => undefined });
    if (promised > 0) expect(one.slabs.allocate(promised)).not.toBe(0);
    one.heap.check();
  }
});

/** @returns whether the victim dies of it, after so many steps */
function dies(victim: AnchoredThread, steps: number, act: () => void): boolean {
  (victim.memory as MortalMemory).dieAfter(steps);
  try {
    act();
    return false;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  }
}
