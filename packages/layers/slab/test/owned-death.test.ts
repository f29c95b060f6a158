import { fixed, growable, PAGE_BYTES, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { Killed, MortalMemory } from "./mortal-memory.js";
import { MIB, ownedHeap, superblocksIn, usedIn, type OwnedOptions, type OwnedThread } from "./owned-fixture.js";

/** Two threads that live on, one whose every step can be the last, and the blocks that they must not lose. */
class Stage {
  readonly one: OwnedThread;
  readonly other: OwnedThread;
  readonly victim: OwnedThread;
  readonly live = new Map<number, number>();
  /** Blocks made by {@link Scene.prepare}, for {@link Scene.act}. */
  blocks: number[] = [];

  constructor(options: Partial<OwnedOptions> = {}, source: MemorySource = growable({ initial: 512 * 1024, maximum: 4 * MIB })) {
    this.one = ownedHeap({ superblockBytes: 4096, slackSuperblocks: 1, ...options }, source);
    this.other = this.one.join();
    this.victim = this.one.join((handle) => new MortalMemory(handle));
  }

  get memory(): MortalMemory {
    return this.victim.memory as MortalMemory;
  }

  malloc(thread: OwnedThread, count: number, bytes: number): number[] {
    return Array.from({ length: count }, () => {
      const p = thread.heap.malloc(bytes);
      if (p === 0) throw new Error("out of memory");
      this.keep(p);
      return p;
    });
  }

  keep(p: number): void {
    const stamp = (this.live.size % 250) + 1;
    this.live.set(p, stamp);
    this.one.memory.reach(p);
    this.one.memory.fill(p, this.one.heap.usableSize(p), stamp);
  }

  free(thread: OwnedThread, p: number): void {
    this.leave(p);
    thread.heap.free(p);
  }

  /** The block is somebody else's business from now on. */
  leave(p: number): void {
    const { memory, heap } = this.one;
    const stamp = this.live.get(p)!;
    for (let at = p; at < p + heap.usableSize(p); at++) if (memory.u8[at] !== stamp) throw new Error(`block ${p} was overwritten`);
    this.live.delete(p);
  }

  reported(): Set<number> {
    const found = new Set<number>();
    this.one.heap.walk(({ state, block }) => state === "live" && found.add(block));
    return found;
  }
}

interface Scene {
  readonly name: string;
  readonly options?: Partial<OwnedOptions>;
  readonly source?: () => MemorySource;
  /** Blocks that the victim can take with it, if not 1. */
  readonly inHand?: number;
  prepare(stage: Stage): void;
  act(stage: Stage): void;
  /** Whether the scene is what its name says, once it has been played to the end. */
  proof?(stage: Stage): boolean;
  /** The thread whose own heap is locked meanwhile, by itself. */
  inside?(stage: Stage): OwnedThread;
}

const scenes: Scene[] = [
  {
    name: "malloc in an untouched heap, with growth",
    source: () => growable({ initial: 2 * PAGE_BYTES, maximum: 4 * MIB }),
    prepare: () => {},
    act: ({ victim }) => void victim.heap.malloc(100),
  },
  {
    name: "malloc of the block freed last",
    prepare: (stage) => {
      stage.blocks = stage.malloc(stage.victim, 10, 100);
      stage.free(stage.victim, stage.blocks[3]);
      stage.free(stage.victim, stage.blocks[7]);
    },
    act: ({ victim }) => void victim.heap.malloc(100),
  },
  {
    name: "malloc of the last block of a superblock",
    prepare: (stage) => stage.malloc(stage.victim, stage.one.slabs.superblocks.geometry.capacity[0] - 1, 16),
    act: ({ victim }) => void victim.heap.malloc(16),
  },
  {
    name: "malloc with a partly filled superblock of the global heap",
    prepare: (stage) => {
      const blocks = stage.malloc(stage.other, 1000, 16);
      blocks.forEach((p, i) => i % 10 !== 0 && stage.free(stage.other, p));
    },
    act: ({ victim }) => void victim.heap.malloc(16),
    proof: ({ one }) => usedIn(one, 1, 0) > 1,
  },
  {
    name: "alignedAlloc",
    prepare: (stage) => stage.malloc(stage.victim, 1, 300),
    act: ({ victim }) => void victim.heap.alignedAlloc(128, 150),
  },
  {
    name: "malloc when memory has run out, though another heap has an empty superblock",
    source: () => fixed(3 * PAGE_BYTES),
    prepare: (stage) => {
      const { capacity, blockBytes } = stage.one.slabs.superblocks.geometry;
      const blocks: number[] = [];
      for (let p = stage.other.heap.malloc(blockBytes[5]); p !== 0; p = stage.other.heap.malloc(blockBytes[5])) {
        stage.keep(p);
        blocks.push(p);
      }
      blocks.slice(0, capacity[5]).forEach((p) => stage.free(stage.other, p));
    },
    act: ({ victim }) => void victim.heap.malloc(1000),
    proof: ({ one }) => superblocksIn(one, 1, one.slabs.superblocks.geometry.blockBytes.findIndex((bytes) => bytes >= 1000)) === 1,
  },
  {
    name: "free",
    prepare: (stage) => (stage.blocks = stage.malloc(stage.victim, 10, 100)),
    act: (stage) => stage.victim.heap.free(stage.blocks[5]),
  },
  {
    name: "free of an aligned block",
    prepare: (stage) => {
      stage.blocks = [stage.victim.heap.alignedAlloc(256, 100)];
      stage.keep(stage.blocks[0]);
    },
    act: (stage) => stage.victim.heap.free(stage.blocks[0]),
  },
  {
    name: "free of another heap's block",
    prepare: (stage) => (stage.blocks = stage.malloc(stage.other, 10, 100)),
    act: (stage) => stage.victim.heap.free(stage.blocks[5]),
  },
  {
    name: "free that hands a partly filled superblock to the global heap",
    prepare: (stage) => {
      const n = stage.one.slabs.superblocks.geometry.capacity[0];
      const blocks = stage.malloc(stage.victim, 4 * n, 16);
      const { home } = stage.victim.slabs.pool;
      const c = 0;
      // frees one in two until one more would cross the bound
      for (let i = 0; home.used(c) > home.held(c) * 0.75; i += 2) stage.free(stage.victim, blocks[i]);
      stage.blocks = blocks.filter((p) => stage.live.has(p));
    },
    act: (stage) => stage.victim.heap.free(stage.blocks[0]),
    proof: ({ one }) => usedIn(one, 0, 0) > 0,
  },
  {
    name: "free that hands over the last superblock of a page, so that the page is released",
    options: { superblockBytes: 65536 },
    prepare: (stage) => {
      const n = stage.one.slabs.superblocks.geometry.capacity[30];
      const bytes = stage.one.slabs.superblocks.geometry.blockBytes[30];
      stage.blocks = stage.malloc(stage.victim, 2 * n, bytes);
      stage.blocks.slice(1).forEach((p) => stage.free(stage.victim, p));
    },
    act: (stage) => stage.victim.heap.free(stage.blocks[0]),
    proof: ({ one }) => one.pages.peakMappedBytes() - one.pages.mappedBytes() === PAGE_BYTES,
  },
  {
    name: "free of the last block of a superblock in the global heap",
    prepare: (stage) => {
      const n = stage.one.slabs.superblocks.geometry.capacity[0];
      const blocks = stage.malloc(stage.other, 4 * n, 16);
      blocks.forEach((p, i) => i % n !== 0 && stage.free(stage.other, p));
      stage.blocks = blocks.filter((p, i) => i % n === 0 && stage.one.slabs.superblocks.ownerOf(stage.one.slabs.superblocks.around(p)) === 0);
      stage.blocks.slice(1).forEach((p) => stage.free(stage.one, p));
    },
    act: (stage) => stage.victim.heap.free(stage.blocks[0]),
    proof: ({ one }) => one.slabs.pool.global.held(0) === 0 && one.slabs.pool.global.blanks() > 0,
  },
  {
    name: "free while another thread holds the lock",
    prepare: (stage) => (stage.blocks = stage.malloc(stage.other, 3, 100)),
    act: (stage) => stage.victim.heap.free(stage.blocks[1]),
    inside: ({ other }) => other,
    proof: (stage) => usedIn(stage.one, 2, stage.one.slabs.classAt(stage.blocks[0])) === 2,
  },
  {
    name: "malloc that finds delayed frees, some of which have to be sent on",
    inHand: 2,
    prepare: (stage) => {
      const { pool, superblocks } = stage.one.slabs;
      const mine = stage.malloc(stage.victim, 5, 100);
      const others = stage.malloc(stage.one, 5, 100);
      for (const p of [mine[0], others[1], mine[2], mine[4], others[4]]) {
        stage.leave(p);
        const s = superblocks.around(p);
        const c = superblocks.classOf(s);
        superblocks.setPending(s, c, superblocks.numberOf(s, c, p));
        pool.heaps[stage.victim.slabs.pool.home.index].delayed.push(p);
      }
    },
    act: ({ victim }) => void victim.heap.malloc(100),
    proof: (stage) => stage.reported().size === 10 - 5 + 1,
  },
  {
    name: "malloc that finds delayed frees of aligned blocks",
    inHand: 2,
    prepare: ({ victim, other }) => {
      const { home } = victim.slabs.pool;
      const blocks = Array.from({ length: 3 }, () => victim.heap.alignedAlloc(256, 100));
      home.lock.tryAcquire();
      for (const p of blocks) other.heap.free(p);
      home.lock.release();
    },
    act: ({ victim }) => void victim.heap.malloc(100),
    proof: (stage) => stage.reported().size === 1,
  },
  {
    name: "take a batch, over the end of a superblock",
    inHand: 6,
    prepare: (stage) => {
      const { blockBytes, capacity } = stage.one.slabs.superblocks.geometry;
      stage.blocks = stage.malloc(stage.victim, 1, 1000);
      stage.malloc(stage.victim, capacity[16] - 3, blockBytes[16]);
    },
    act: (stage) => void stage.victim.slabs.blocksOf(16).take(stage.blocks[0], 6),
  },
  {
    name: "give a batch",
    inHand: 6,
    prepare: (stage) => {
      const bytes = stage.one.slabs.superblocks.geometry.blockBytes[16];
      const list = stage.victim.heap.malloc(1000);
      const blocks = [...stage.malloc(stage.victim, 3, bytes), ...stage.malloc(stage.other, 3, bytes)];
      blocks.forEach((p, i) => {
        stage.leave(p);
        stage.one.memory.i32[(list >>> 2) + i] = p;
      });
      stage.blocks = [list];
    },
    act: (stage) => stage.victim.slabs.blocksOf(16).give(stage.blocks[0], 6),
  },
];

function play(scene: Scene): Stage {
  const stage = new Stage(scene.options, scene.source?.());
  scene.prepare(stage);
  stage.one.heap.check();
  return stage;
}

/** @returns whether the victim died */
function act(scene: Scene, stage: Stage, steps: number): boolean {
  // what the scene frees is out of the living's hands, whether the victim gets to free it or not
  for (const p of stage.blocks) if (stage.live.has(p)) stage.leave(p);
  const pool = scene.inside?.(stage).slabs.pool;
  pool?.enter(pool.home);
  stage.memory.dieAfter(steps);
  try {
    scene.act(stage);
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  } finally {
    pool?.leave(pool.home);
    pool?.finish();
  }
}

/** All that the living have is there and unharmed, little else is, and the heap serves on. */
function expectSound(stage: Stage, inHand: number): void {
  stage.one.heap.check();
  const reported = stage.reported();
  expect(stage.one.slabs.pool.heaps.map(({ delayed }) => delayed.isWaiting())).not.toContain(true);
  for (const p of stage.live.keys()) if (!reported.has(p)) throw new Error(`block ${p} is gone`);
  expect(reported.size - stage.live.size).toBeLessThanOrEqual(inHand + stage.blocks.length);
  for (const thread of [stage.one, stage.other, stage.one.join(), stage.one.join()]) {
    for (const bytes of [16, 100, 1000]) {
      for (let i = 0; i < 15; i++) {
        const p = thread.heap.malloc(bytes);
        if (p === 0) break;
        expect(reported.has(p)).toBe(false);
        stage.keep(p);
        if (i % 2 === 0) stage.free(stage.other, p);
      }
    }
  }
  for (const p of [...stage.live.keys()]) stage.free(stage.other, p);
  stage.one.heap.check();
  expect(stage.reported().size).toBeLessThanOrEqual(inHand + stage.blocks.length);
}

describe("a thread that dies at any step of", { timeout: 120_000 }, () => {
  it.each(scenes)("$name leaves a heap that can be taken over", (scene) => {
    let steps = 0;
    for (; ; steps++) {
      const stage = play(scene);
      const died = act(scene, stage, steps);
      if (!died) {
        expect(scene.proof?.(stage) ?? true).toBe(true);
        break;
      }
      expect(stage.one.heap.reclaim(stage.victim.heap.threadId)).toBe(true);
      expectSound(stage, scene.inHand ?? 1);
    }
    expect(steps).toBeGreaterThan(4);
  });

  it("a reclaim can itself be reclaimed", () => {
    const scene = scenes.find(({ name }) => name.startsWith("free that hands a partly"))!;
    for (const first of [5, 20]) {
      for (let steps = 0; ; steps += 23) {
        const stage = play(scene);
        if (!act(scene, stage, first)) break;
        const heir = stage.one.join((handle: MemoryHandle) => new MortalMemory(handle));
        (heir.memory as MortalMemory).dieAfter(steps);
        try {
          heir.slabs.reclaim(stage.victim.heap.threadId);
          break;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        expect(stage.one.heap.reclaim(heir.heap.threadId)).toBe(true);
        expect(stage.one.heap.reclaim(stage.victim.heap.threadId)).toBe(true);
        expectSound(stage, 1);
      }
    }
  });
});

describe("while a dead thread's lock has not been taken over", () => {
  it("others free what is in its heap, and allocate from their own", () => {
    const stage = new Stage();
    const blocks = stage.malloc(stage.victim, 100, 100);
    const spare = stage.malloc(stage.victim, 1, 100)[0];
    stage.leave(spare);
    // inside: the lock has been taken, nothing else done
    stage.memory.dieAfter(1);
    expect(() => stage.victim.heap.free(spare)).toThrow(Killed);
    blocks.forEach((p) => stage.free(stage.other, p));
    expect(stage.malloc(stage.other, 100, 100)).not.toContain(0);
    expect(() => stage.one.heap.check()).toThrow(/holds the lock of heap 1/);
    expect(stage.one.heap.reclaim(stage.victim.heap.threadId)).toBe(true);
    expectSound(stage, 1);
  });

  it("others free even with the global heap's lock in dead hands", () => {
    const stage = new Stage();
    const blocks = stage.malloc(stage.other, 2000, 16);
    const { pool } = stage.victim.slabs;
    pool.enter(pool.global);
    blocks.forEach((p) => stage.free(stage.one, p));
    expect(stage.one.slabs.pool.heaps[2].hasTooMuch(0)).toBe(true);
    expect(stage.one.heap.reclaim(stage.victim.heap.threadId)).toBe(true);
    expect(stage.one.slabs.pool.heaps[2].hasTooMuch(0)).toBe(false);
    expectSound(stage, 0);
  });
});
