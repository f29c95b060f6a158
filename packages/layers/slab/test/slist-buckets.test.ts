import { openMemory, type Region } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { BucketGeometry, type BucketOptions } from "../src/index.js";
import { bucketThread, liveIn, type BucketThread } from "./bucket-threads.js";
import { Killed, MortalMemory } from "./mortal-memory.js";
import { openSteered } from "./steered-memory.js";

const ADDED: Partial<BucketOptions> = { refill: "on demand", buckets: 14 };
const invalid = expect.objectContaining({ name: "InvalidAddressError" }) as Error;
const corrupt = expect.objectContaining({ name: "HeapCorruptionError" }) as Error;

const take = ({ buckets }: BucketThread, bytes: number, count: number): number[] => Array.from({ length: count }, () => buckets.allocate(bytes));
const depths = ({ buckets }: BucketThread): number[] => Array.from({ length: buckets.count }, (_, i) => buckets.depth(i));
function bytesIn({ heap }: BucketThread, state: Region["state"]): number {
  let bytes = 0;
  heap.walk((region) => (bytes += region.state === state ? region.bytes : 0));
  return bytes;
}

describe("the geometry of buckets", () => {
  it("puts blocks as close as alignment lets them, or on lines of their own", () => {
    const close = new BucketGeometry({ buckets: 6, blocksPerBucket: 16, refill: "never", spacing: "close" });
    const isolated = new BucketGeometry({ buckets: 6, blocksPerBucket: 16, refill: "never", spacing: "isolated" });
    expect(close.strides).toEqual([16, 32, 48, 80, 144, 272]);
    expect(isolated.strides).toEqual([128, 128, 128, 128, 256, 384]);
  });

  it.each([["close", 19], ["isolated", 128]] as const)("takes at most twice the request and some bytes for blocks that are %s: %i", (spacing, more) => {
    const { strides } = new BucketGeometry({ buckets: 20, blocksPerBucket: 1, refill: "on demand", spacing });
    // the smallest request of each bucket wastes most
    for (const [bucket, stride] of strides.entries()) expect(stride).toBeLessThanOrEqual(2 * (bucket === 0 ? 0 : 4 * 2 ** bucket + 1) + more);
  });

  it("lays a pool's pieces behind each other, in whole pages", () => {
    const { offsets, pieceBytes, poolBytes } = new BucketGeometry({ buckets: 4, blocksPerBucket: 16, refill: "never", spacing: "close" });
    expect(offsets).toEqual([0, 384, 1024, 1920]);
    expect(pieceBytes).toEqual([384, 640, 896, 65536 - 1920]);
    expect(poolBytes).toBe(65536);
  });

  it("fills whole pages with what is added, a quarter of a MiB at most, or one block", () => {
    const { counts, pieceBytes } = new BucketGeometry({ buckets: 17, blocksPerBucket: 16, refill: "on demand", spacing: "close" });
    expect(counts[0]).toBe(4095);
    expect(pieceBytes.slice(9, 17)).toEqual([131072, 196608, 262144, 262144, 262144, 196608, 327680, 589824]);
    expect(counts.slice(9, 17)).toEqual([31, 23, 15, 7, 3, 1, 1, 1]);
  });
});

describe("options of buckets", () => {
  it.each([{ buckets: 0 }, { buckets: 21 }, { blocksPerBucket: 0 }, { refill: "sometimes" }, { spacing: "wide" }])("refuse %j", (options) => {
    expect(() => bucketThread(options as Partial<BucketOptions>)).toThrow(new RegExp(`^${Object.keys(options)[0]} must be`));
  });
});

describe("buckets that are never refilled", () => {
  it("hold so many blocks each, and give what the next larger ones have before they give nothing", () => {
    const one = bucketThread();
    expect(depths(one)).toEqual([16, 16, 16, 16]);
    const small = take(one, 8, 64);
    expect(small).not.toContain(0);
    expect(one.buckets.allocate(1)).toBe(0);
    expect(depths(one)).toEqual([0, 0, 0, 0]);
    expect([15, 16, 32, 48].map((i) => one.buckets.usableSize(small[i]))).toEqual([8, 16, 32, 64]);
    small.forEach((p) => one.buckets.free(p));
    expect(depths(one)).toEqual([16, 16, 16, 16]);
    one.heap.check();
  });

  it("are not served by smaller ones, and serve nothing above the largest", () => {
    const one = bucketThread();
    expect(take(one, 64, 17)[16]).toBe(0);
    expect(one.buckets.allocate(65)).toBe(0);
    expect(one.buckets.allocate(2 ** 32 - 1)).toBe(0);
    expect(depths(one)).toEqual([16, 16, 16, 0]);
  });

  it("give nothing where the memory has no room for the pool", () => {
    const one = bucketThread({ blocksPerBucket: 4096 }, 2 ** 18);
    expect(one.buckets.allocate(8)).toBe(0);
    one.heap.check();
  });
});

describe("buckets that are refilled", () => {
  it("get a piece when they are used up, and give 0 when memory is", () => {
    const one = bucketThread(ADDED);
    const blocks: number[] = [];
    for (let p = one.buckets.allocate(1000); p !== 0; p = one.buckets.allocate(1000)) blocks.push(p);
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(blocks.length * 1000).toBeGreaterThan(2 ** 21);
    one.heap.check();
    one.buckets.free(blocks[7]);
    expect(one.buckets.allocate(1000)).toBe(blocks[7]);
    blocks.forEach((p) => one.buckets.free(p));
    one.heap.check();
    expect(liveIn(one)).toEqual([]);
  });

  it("have blocks that span pages, found from any address in them", () => {
    const one = bucketThread({ refill: "on demand", buckets: 20 }, 2 ** 24);
    const p = one.buckets.allocate(3_000_000);
    expect(one.buckets.usableSize(p)).toBe(2 ** 22);
    for (const inside of [p + 16, p + 65536, p + 3_000_000]) expect(() => one.buckets.free(inside)).toThrow(/inside the block/);
    one.buckets.free(p);
    expect(() => one.buckets.free(p)).toThrow(invalid);
    const aligned = one.buckets.allocateAligned(2 ** 20, 3_000_000);
    expect(aligned % 2 ** 20).toBe(0);
    one.buckets.free(aligned);
    one.heap.check();
  });
});

describe("batches of a bucket", () => {
  it("are pushed together, up to the first address that is wrong", () => {
    const one = bucketThread(ADDED);
    const words = one.buckets.allocate(400);
    const blocks = one.buckets.blocksOf(2);
    expect(blocks.take(words, 50)).toBe(50);
    const mine = [...one.memory.u32.subarray(words >>> 2, (words >>> 2) + 50)];
    one.memory.u32[(words >>> 2) + 40] = mine[3];
    const before = one.buckets.depth(2);
    expect(() => blocks.give(words, 50)).toThrow(invalid);
    expect(one.buckets.depth(2)).toBe(before + 40);
    expect(liveIn(one)).toEqual([words, ...mine.slice(40)].sort((a, b) => a - b));
    one.heap.check();
  });
});

describe("a check of buckets", () => {
  it.each([
    ["fewer blocks cut than are out", (w: Int32Array, bucket: number) => w[bucket + 1]--],
    ["more blocks cut than there are", (w: Int32Array, bucket: number) => (w[bucket + 1] = 5000)],
    ["another piece", (w: Int32Array, bucket: number) => (w[bucket] += 16)],
  ])("notices %s", (_what, damage) => {
    for (const options of [{}, ADDED]) {
      const one = bucketThread(options);
      const [p] = take(one, 20, 3);
      const pair = one.memory.i32.findIndex((word, w) => word !== 0 && (word & 0xffff) < 2000 && one.memory.i32[w + 1] === 3 && word < p && word > p - 65536);
      damage(one.memory.i32, pair);
      expect(() => one.heap.check()).toThrow(corrupt);
    }
  });

  it("notices a list of another depth than it should have", () => {
    const one = bucketThread();
    one.buckets.free(one.buckets.allocate(8));
    const w = one.memory.i32.findIndex((word, i) => word === 1 && one.memory.i32[i - 1] === 0 && one.memory.i32[i - 2] > 65536);
    one.memory.i32[w] = 2;
    expect(one.buckets.depth(0)).toBe(17);
    expect(() => one.heap.check()).toThrow(/1 blocks on a list of depth 2/);
  });
});

describe.each([["fixed", {}], ["refilled", ADDED]] as const)("%s buckets, with another thread between any two steps", (_name, options) => {
  /** What the first thread does, and what the other does in the midst of it. */
  const operations: Record<string, (thread: BucketThread, own: number[]) => void> = {
    "take a block": (thread, own) => void own.push(thread.buckets.allocate(20)),
    "take the blocks of a piece": (thread, own) => void own.push(...take(thread, 64, 8)),
    "free and take": (thread, own) => {
      thread.buckets.free(own.shift()!);
      own.push(thread.buckets.allocate(20), thread.buckets.allocate(20));
    },
  };
  const pairs = Object.keys(operations).flatMap((outer) => Object.keys(operations).map((inner) => [outer, inner] as const));

  it.each(pairs)("%s, while another comes to %s", (outer, inner) => {
    for (let at = 0, over = false; !over; at++) {
      const home = bucketThread(options);
      const other = home.join(openMemory);
      const one = home.join(openSteered);
      const mine = outer === "free and take" ? take(home, 20, 1) : [];
      const theirs = inner === "free and take" ? take(home, 20, 1) : [];
      let step = 0;
      over = true;
      one.memory.beforeStep = () => {
        if (step++ !== at) return;
        over = false;
        operations[inner](other, theirs);
      };
      operations[outer](one, mine);
      one.memory.beforeStep = () => {};
      const out = [...mine, ...theirs];
      expect(out).not.toContain(0);
      expect(liveIn(home)).toEqual(out.sort((a, b) => a - b));
      home.heap.check();
      for (const p of out) home.buckets.free(p);
      home.heap.check();
      expect(bytesIn(home, "lost")).toBe(0);
      other.heap[Symbol.dispose]();
      one.heap[Symbol.dispose]();
      home.heap.check(); // which now knows that nobody has died, and compares the depths
    }
  });
});

describe.each([["fixed", {}, 65536], ["refilled", ADDED, 65536]] as const)("%s buckets, with a thread that dies at any step", (_name, options, span) => {
  const acts: Record<string, [cost: number, act: (thread: BucketThread, blocks: number[]) => void]> = {
    "takes the first block": [span, (thread) => void thread.buckets.allocate(64)],
    "takes another block": [80, (thread) => void thread.buckets.allocate(50)],
    "frees a block": [48, (thread, blocks) => thread.buckets.free(blocks[0])],
    "takes a freed block": [48, (thread, blocks) => (thread.buckets.free(blocks[0]), void thread.buckets.allocate(30))],
  };

  it.each(Object.entries(acts))("%s", (name, [cost, act]) => {
    for (let steps = 0, died = true; died; steps++) {
      const home = bucketThread(options);
      const blocks = name === "takes the first block" ? [] : [...take(home, 30, 4), ...take(home, 64, 1)];
      const victim = home.join((handle) => new MortalMemory(handle));
      victim.memory.dieAfter(steps);
      died = false;
      try {
        act(victim, blocks);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        died = true;
      }
      if (!died) break;
      expect(home.buckets.allocate(60)).toBeGreaterThan(0);
      expect(home.heap.reclaim(victim.heap.threadId)).toBe(true);
      home.heap.check();
      expect(bytesIn(home, "lost")).toBeLessThanOrEqual(cost);
    }
  });
});
