import { BinsAndTries, CoalescingHeap } from "@heapwright/coalesce";
import { growable, HeapCorruptionError, type Allocator, type Heap, type Preset, type Root } from "@heapwright/core";
import { TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { Pages } from "@heapwright/pages";
import { CarvedChunks, ChunkBudget } from "@heapwright/slab";
import { LOCK, SpinLock, type Lock } from "@heapwright/sync";
import { describe, expect, it } from "vitest";
import { Counted, DeferredFrees, definePreset, Fallback, Locked, SizeSplit, Wrapper } from "../src/index.js";

interface Parts {
  readonly carved: (chunks: number) => Allocator;
  readonly coalescing: () => Allocator;
  readonly lock: () => Lock;
  readonly deferred: () => DeferredFrees;
}

/** A preset of two honest allocators, put together by `compose`. */
function presetOf(compose: (root: Root, parts: Parts) => Allocator): Preset {
  return definePreset({
    name: "composed",
    progress: "blocking",
    settings: () => ({}),
    build(root) {
      const pages = new Pages(root);
      const allocator = compose(root, {
        carved: (chunks) => new CarvedChunks(root, pages, new ChunkBudget(root, pages, chunks, "stop"), (r) => new TaggedStack(r.memory, r.claimStruct(TAGGED_STACK))),
        coalescing: () => new CoalescingHeap(root, pages, { fit: BinsAndTries }),
        lock: () => new SpinLock(root.memory, root.claimStruct(LOCK), root.threads.id),
        deferred: () => new DeferredFrees(root),
      });
      return { pages, allocator };
    },
  });
}

function layersOf(heap: Heap): Map<number, string> {
  const layers = new Map<number, string>();
  heap.walk(({ block, layer, state }) => state === "live" && layers.set(block, layer));
  return layers;
}

const memory = (): { memory: ReturnType<typeof growable> } => ({ memory: growable({ initial: 2 ** 18, maximum: 2 ** 24 }) });
const invalid = expect.objectContaining({ name: "InvalidAddressError" }) as Error;

describe("SizeSplit", () => {
  const split = presetOf((_root, { carved, coalescing }) => new SizeSplit(carved(100), coalescing(), 1000));

  it("sends requests by size, aligned ones by size and alignment, and frees to whom the page belongs", () => {
    const heap = split.create(memory());
    const blocks = [heap.malloc(1000), heap.malloc(1001), heap.alignedAlloc(512, 488), heap.alignedAlloc(512, 489)];
    const layers = layersOf(heap);
    expect(blocks.map((p) => layers.get(p))).toEqual(["carved chunk", "coalescing heap", "carved chunk", "coalescing heap"]);
    blocks.forEach((p) => heap.free(p));
    heap.check();
    expect(layersOf(heap).size).toBe(0);
    expect(() => heap.free(blocks[0])).toThrow(invalid);
    expect(() => heap.free(1)).toThrow(invalid);
  });

  it.each(["1000", -1, 0.5, Number.NaN])("refuses the limit %j", (limit) => {
    const wrong = presetOf((_root, { carved, coalescing }) => new SizeSplit(carved(100), coalescing(), limit as number));
    expect(() => wrong.create(memory())).toThrow(/limit must be/);
  });

  it("moves a block that changes sides", () => {
    const heap = split.create(memory());
    const p = heap.calloc(1, 5000);
    heap.memory.u8.fill(7, p, p + 5000);
    const q = heap.realloc(p, 100);
    expect(layersOf(heap)).toEqual(new Map([[q, "carved chunk"]]));
    expect([...heap.memory.u8.subarray(q, q + 100)].every((byte) => byte === 7)).toBe(true);
    heap.check();
  });

  it("has the progress of its weaker side", () => {
    expect(split.create(memory()).progress).toBe("single-threaded");
  });
});

describe("Fallback", () => {
  const fallback = presetOf((_root, { carved, coalescing }) => new Fallback(carved(1), coalescing()));

  it("asks the second where the first has nothing, and the first again once it has", () => {
    const heap = fallback.create(memory());
    const [first, second] = [heap.malloc(30000), heap.malloc(30000)];
    expect([...layersOf(heap).values()].sort()).toEqual(["carved chunk", "coalescing heap"]);
    expect(layersOf(heap).get(second)).toBe("coalescing heap");
    heap.free(first);
    expect(heap.malloc(30000)).toBe(first);
    expect(heap.realloc(second, 29000)).toBe(second);
    heap.check();
  });
});

describe("Counted", () => {
  it("adds up over threads, and counts failures apart", () => {
    const counters: Counted[] = [];
    const counted = presetOf((root, { carved }) => {
      counters.push(new Counted(root, carved(1)));
      return counters.at(-1)!;
    });
    const heap = counted.create(memory());
    const other = counted.attach(heap.handle);
    const p = heap.malloc(100);
    other.malloc(20000);
    other.alignedAlloc(64, 200);
    other.free(p);
    expect(() => other.free(p)).toThrow(invalid);
    const expected = { allocations: 1, frees: 1, failures: 2, requestedBytes: 100 };
    expect(counters.map((one) => one.counts())).toEqual([expected, expected]);
    other[Symbol.dispose]();
    counted.attach(heap.handle).malloc(100);
    expect(counters[0].counts().allocations).toBe(2);
  });

  it("leaves failures alone when it is told to", () => {
    const counters: Counted[] = [];
    const counted = presetOf((root, { carved }) => {
      counters.push(new Counted(root, carved(1), "ignored"));
      return counters.at(-1)!;
    });
    const heap = counted.create(memory());
    expect([heap.malloc(2 ** 31), heap.malloc(100) > 0]).toEqual([0, true]);
    expect(counters[0].counts()).toEqual({ allocations: 1, frees: 0, failures: 0, requestedBytes: 100 });
  });
});

describe("Locked", () => {
  const locks: Lock[] = [];
  const locked = presetOf((root, { coalescing, lock, deferred }) => {
    locks.push(lock());
    return new Locked(coalescing(), locks.at(-1)!, deferred());
  });

  it("refuses a visitor that calls the heap, whose lock its thread holds", () => {
    const heap = locked.create(memory());
    const blocks = Array.from({ length: 3 }, () => heap.malloc(100));
    for (const call of [() => heap.free(blocks[0]), () => heap.malloc(1), () => heap.usableSize(blocks[1]), () => heap.walk(() => {}), () => heap.check()]) {
      expect(() => heap.walk(({ state }) => state === "live" && call())).toThrow("a visitor of walk must not call its heap");
      heap.check();
    }
    let live = 0;
    heap.walk(({ state }) => (live += state === "live" ? 1 : 0));
    expect(live).toBe(3);
    for (const block of blocks) heap.free(block);
  });

  it("makes a heap for many threads of one for one", () => {
    const heap = locked.create(memory());
    const other = locked.attach(heap.handle);
    expect(heap.progress).toBe("blocking");
    const blocks = Array.from({ length: 100 }, (_, i) => (i % 2 ? heap : other).malloc(i * 50));
    blocks.forEach((p, i) => (i % 3 ? heap : other).free(p));
    heap.check();
    expect(layersOf(heap).size).toBe(0);
  });

  it("gives the lock back when the allocator inside refuses", () => {
    const heap = locked.create(memory());
    const p = heap.malloc(10);
    heap.free(p);
    expect(() => heap.free(p)).toThrow(invalid);
    expect(heap.malloc(10)).toBeGreaterThan(0);
  });

  it("while the lock is held: answers 0, defers frees, still refuses foreign addresses; afterwards all is freed", () => {
    const heap = locked.create(memory());
    const p = heap.malloc(10);
    const holder = locked.attach(heap.handle);
    const lock = locks.at(-1)!;
    lock.acquire();
    expect(heap.malloc(10)).toBe(0);
    expect(heap.alignedAlloc(64, 10)).toBe(0);
    expect([heap.realloc(p, 1000), heap.realloc(p, 1)]).toEqual([0, 0]);
    heap.free(p);
    expect(() => heap.free(4)).toThrow(invalid);
    lock.release();
    expect(layersOf(holder).size).toBe(0);
    heap.check();
  });

  it("does not wait for a dead holder, to take back what another dead thread had, or to leave", () => {
    const heap = locked.create(memory());
    const inside = locked.attach(heap.handle);
    const lock = locks.at(-1)!;
    const [elsewhere, leaving] = [locked.attach(heap.handle), locked.attach(heap.handle)];
    lock.acquire();
    expect(heap.reclaim(elsewhere.threadId)).toBe(true);
    leaving[Symbol.dispose]();
    expect(heap.reclaim(inside.threadId)).toBe(true);
    expect(heap.malloc(10)).toBeGreaterThan(0);
    heap.check();
  });

  it("repairs before it frees what was deferred meanwhile", () => {
    const calls: string[] = [];
    class Noting extends Wrapper {
      override free(address: number): void {
        calls.push("free");
        super.free(address);
      }

      override reclaim(threadId: number, slot: number): void {
        calls.push("reclaim");
        super.reclaim(threadId, slot);
      }
    }
    const noting = presetOf((root, { coalescing, lock, deferred }) => {
      locks.push(lock());
      return new Locked(new Noting(coalescing()), locks.at(-1)!, deferred());
    });
    const heap = noting.create(memory());
    const p = heap.malloc(10);
    const dead = noting.attach(heap.handle);
    locks.at(-1)!.acquire();
    heap.free(p);
    expect(calls).toEqual([]);
    heap.reclaim(dead.threadId);
    expect(calls).toEqual(["reclaim", "free"]);
  });

  it("frees a block once that was deferred twice, and drops an address that is none without writing there", () => {
    const heap = locked.create(memory());
    const blocks = [heap.malloc(100), heap.malloc(100), heap.malloc(100)];
    heap.memory.u8.fill(0x5a, blocks[1], blocks[1] + 100);
    locked.attach(heap.handle);
    const lock = locks.at(-1)!;
    lock.acquire();
    for (const p of [blocks[2], blocks[0], blocks[0], blocks[1] + 16]) heap.free(p);
    lock.release();
    expect([...layersOf(heap).keys()]).toEqual([blocks[1]]);
    expect([...heap.memory.u8.subarray(blocks[1], blocks[1] + 100)].every((byte) => byte === 0x5a)).toBe(true);
    heap.check();
  });

  it("is taken over from a thread that died inside, and let go once repaired", () => {
    const heap = locked.create(memory());
    const kept = heap.malloc(10);
    const dead = locked.attach(heap.handle);
    locks.at(-1)!.acquire();
    expect(heap.malloc(10)).toBe(0);
    expect(heap.realloc(kept, 5000)).toBe(0);
    expect(() => heap.check()).toThrow(`thread ${dead.threadId} holds the lock`);
    expect(() => heap.walk(() => undefined)).toThrow(HeapCorruptionError);
    expect(heap.reclaim(dead.threadId)).toBe(true);
    expect(heap.malloc(10)).toBeGreaterThan(0);
    heap.free(kept);
    heap.check();
  });
});

describe("a thread that has left", () => {
  it("cannot reclaim, and leaves that to others", () => {
    const preset = presetOf((_root, { coalescing }) => coalescing());
    const heap = preset.create(memory());
    const [dead, gone] = [preset.attach(heap.handle), preset.attach(heap.handle)];
    gone[Symbol.dispose]();
    expect(() => gone.reclaim(dead.threadId)).toThrow("has left the heap");
    expect(heap.reclaim(dead.threadId)).toBe(true);
  });
});

describe("DeferredFrees", () => {
  it("whose visitor throws keep what was not looked at for the next look", () => {
    let deferred: DeferredFrees | undefined;
    presetOf((_root, parts) => {
      deferred = parts.deferred();
      return parts.coalescing();
    }).create(memory());
    for (const address of [16, 32, 48]) expect(deferred!.push(address)).toBe(true);
    const seen: number[] = [];
    expect(() => deferred!.drain((address) => {
      seen.push(address);
      throw new Error("damaged");
    })).toThrow("damaged");
    expect(deferred!.areWaiting()).toBe(true);
    deferred!.drain((address) => seen.push(address));
    expect([seen.sort((a, b) => a - b), deferred!.areWaiting()]).toEqual([[16, 32, 48], false]);
  });
});
