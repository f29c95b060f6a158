import { InvalidAddressError, fixed, growable } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANCHORED_CLASSES, LARGEST_ANCHORED_REQUEST } from "../src/index.js";
import { blocksIn } from "../src/anchored/anchored-classes.js";
import { randomFrom } from "./anchored-interleaving.js";
import { attachSlabs, bytesIn, formatSlabs, liveBlocks, MIB, regionsOf, TINY, type AnchoredThread } from "./anchored-fixture.js";

describe("size classes", () => {
  it("fit the anchor, ascend, and leave little of a superblock", () => {
    for (const [index, one] of ANCHORED_CLASSES.entries()) {
      const blocks = blocksIn(one);
      expect(blocks).toBeGreaterThanOrEqual(2);
      expect(blocks).toBeLessThanOrEqual(1023);
      expect(one.blockBytes % 16).toBe(0);
      expect(one.blockBytes).toBeGreaterThan(ANCHORED_CLASSES[index - 1]?.blockBytes ?? 0);
      expect(one.superblockBytes - blocks * one.blockBytes).toBeLessThan(one.superblockBytes / 16);
    }
  });

  it("waste at most a quarter of a request, and at most a third where only two or three blocks fit", () => {
    for (let i = 10; i < ANCHORED_CLASSES.length; i++) {
      const before = ANCHORED_CLASSES[i - 1].blockBytes;
      const { blockBytes } = ANCHORED_CLASSES[i];
      expect((blockBytes - before) / blockBytes).toBeLessThan(blocksIn(ANCHORED_CLASSES[i]) > 3 ? 0.25 : 0.34);
    }
  });
});

describe("anchored slabs", () => {
  it("serve every size up to the largest from 16-byte aligned blocks, and nothing above", () => {
    const thread = formatSlabs();
    for (let size = 0; size <= LARGEST_ANCHORED_REQUEST; size += size < 2100 ? 1 : 331) {
      const p = thread.slabs.allocate(size);
      expect(p % 16).toBe(0);
      expect(p).toBeGreaterThan(0);
      expect(thread.slabs.usableSize(p)).toBeGreaterThanOrEqual(size);
      thread.slabs.free(p);
    }
    expect(thread.slabs.allocate(LARGEST_ANCHORED_REQUEST + 1)).toBe(0);
    expect(thread.slabs.allocate(2 ** 32 - 1)).toBe(0);
    thread.heap.check();
  });

  it.each(ANCHORED_CLASSES.map((one) => [one.blockBytes, one] as const))("fill superblocks of %i-byte blocks to the last, and empty them", (_bytes, one) => {
    const thread = formatSlabs();
    const wanted = blocksIn(one) * 3;
    const held = Array.from({ length: wanted }, () => thread.slabs.allocate(one.blockBytes - 8));
    expect(new Set(held).size).toBe(wanted);
    thread.heap.check();
    expect(liveBlocks(thread)).toEqual([...held].sort((a, b) => a - b));
    expect(bytesIn(thread, "free") % 16384).toBe(0);
    for (const p of held) {
      expect(thread.slabs.usableSize(p)).toBe(one.blockBytes - 8);
      thread.memory.fill(p, one.blockBytes - 8, 0xee);
    }
    held.sort((a, b) => (a % 7) - (b % 7));
    for (const p of held) thread.slabs.free(p);
    thread.heap.check();
    expect(liveBlocks(thread)).toEqual([]);
  });

  it("report live blocks, free blocks, waste and bookkeeping so that every byte is covered once", () => {
    const thread = formatSlabs();
    const held = [1, 100, 1000, 10000].map((size) => thread.slabs.allocate(size));
    thread.slabs.free(held[1]);
    thread.heap.check();
    expect(liveBlocks(thread)).toEqual([held[0], held[2], held[3]].sort((a, b) => a - b));
    const states = new Set(regionsOf(thread).map(({ state }) => state));
    expect([...states].sort()).toEqual(["free", "live", "waste"]);
  });

  it("refuse what is not a live block's address, and change nothing", () => {
    const thread = formatSlabs();
    const p = thread.slabs.allocate(100);
    const q = thread.slabs.allocate(100);
    const gone = thread.slabs.allocate(100);
    thread.slabs.free(gone);
    thread.memory.fill(q, 100, 1);
    const superblock = Math.floor(p / 16384) * 16384;
    const outside = [0, 1, 8, 16, 65536, superblock, superblock + 8, superblock + 16376, 2 ** 31, 2 ** 32 - 16, 2 ** 32 - 1, thread.memory.end];
    for (const bad of [gone, p + 1, p - 8, p + 8, p + 16, q + 48, superblock + 16368, ...outside]) {
      expect(() => thread.slabs.free(bad), `${bad}`).toThrow(InvalidAddressError);
      expect(() => thread.slabs.usableSize(bad)).toThrow(InvalidAddressError);
      expect(() => thread.slabs.resize(bad, 10)).toThrow(InvalidAddressError);
      expect(thread.slabs.classAt(bad)).toBe(-1);
    }
    thread.heap.check();
    expect(liveBlocks(thread)).toEqual([p, q].sort((a, b) => a - b));
  });

  it("tell free blocks from live ones where the header is so short that descriptors might have numbers of blocks", () => {
    const thread = formatSlabs({ maximumThreads: 1, source: fixed(131072) });
    const [kept, ...others] = Array.from({ length: blocksIn(ANCHORED_CLASSES[0]) }, () => thread.slabs.allocate(8));
    thread.heap.check();
    // each is linked to the one freed before, and so there is a link to nearly every number
    for (const block of others) thread.slabs.free(block);
    for (const block of others) expect(() => thread.slabs.free(block)).toThrow(InvalidAddressError);
    expect(liveBlocks(thread)).toEqual([kept]);
    thread.heap.check();
  });

  it("refuse prefixes that a program forges inside its own block", () => {
    const thread = formatSlabs();
    const p = thread.slabs.allocate(200);
    const w = (p - 8) >>> 2;
    const { i32 } = thread.memory;
    for (let at = 0; at < 192; at += 16) {
      i32[(p + at + 8) >>> 2] = i32[w];
      i32[(p + at + 12) >>> 2] = i32[w + 1];
    }
    for (let at = 16; at < 200; at += 16) expect(() => thread.slabs.free(p + at)).toThrow(InvalidAddressError);
    // and shadows, of which none is the one that the block's own prefix knows
    for (let at = 0; at < 192; at += 16) i32[(p + at + 8) >>> 2] = (i32[w] & ~7) | 4;
    for (let at = 16; at < 200; at += 16) expect(() => thread.slabs.free(p + at)).toThrow(InvalidAddressError);
    thread.slabs.free(p);
    thread.heap.check();
  });

  it("align blocks by moving the address up, and find them again", () => {
    const thread = formatSlabs();
    for (let alignment = 1; alignment <= 16384; alignment *= 2) {
      const held = [0, 1, 24, 1000, 3000].map((size) => {
        const p = thread.slabs.allocateAligned(alignment, size);
        expect(p % Math.max(16, alignment)).toBe(0);
        expect(thread.slabs.usableSize(p)).toBeGreaterThanOrEqual(size);
        return p;
      });
      thread.heap.check();
      expect(liveBlocks(thread)).toEqual([...held].sort((a, b) => a - b));
      for (const p of held) thread.slabs.free(p);
      for (const p of held) expect(() => thread.slabs.free(p)).toThrow(InvalidAddressError);
    }
    expect(thread.slabs.allocateAligned(2 ** 31, 1)).toBe(0);
    expect(thread.slabs.allocateAligned(32, LARGEST_ANCHORED_REQUEST)).toBe(0);
    thread.heap.check();
  });

  it("refuse the real start of a moved block, and a shadow that an earlier user left", () => {
    const thread = formatSlabs({ classes: TINY });
    const first = thread.slabs.allocateAligned(1024, 100);
    const start = regionsOf(thread).find(({ block }) => block === first)!.address + 8;
    expect(start).not.toBe(first);
    expect(() => thread.slabs.free(start)).toThrow(InvalidAddressError);
    thread.slabs.free(first);
    expect(thread.slabs.allocate(5000)).toBe(start);
    expect(() => thread.slabs.free(first)).toThrow(InvalidAddressError);
    thread.slabs.free(start);
    const other = thread.slabs.allocateAligned(2048, 100);
    if (other !== first) expect(() => thread.slabs.free(first)).toThrow(InvalidAddressError);
    thread.slabs.free(other);
    thread.heap.check();
  });

  it("keep a block in place for a size of the same class, and only then", () => {
    const { slabs } = formatSlabs();
    const p = slabs.allocate(900);
    expect(slabs.usableSize(p)).toBe(904);
    expect(slabs.resize(p, 904)).toBe(true);
    expect(slabs.resize(p, 777)).toBe(true);
    expect(slabs.resize(p, 905)).toBe(false);
    expect(slabs.resize(p, 770)).toBe(false);
  });

  it("give 0 when memory is used up, and serve again after a free", () => {
    const thread = formatSlabs({ source: fixed(MIB), hyperblockBytes: MIB });
    for (const size of [8, 100, 3000, 30000]) {
      const held: number[] = [];
      for (let p = thread.slabs.allocate(size); p !== 0; p = thread.slabs.allocate(size)) held.push(p);
      expect(held.length * (size + 8)).toBeGreaterThan(0.8 * MIB);
      expect(new Set(held).size).toBe(held.length);
      thread.heap.check();
      const back = held.splice(3, 1)[0];
      thread.slabs.free(back);
      expect(thread.slabs.allocate(size)).toBe(back);
      thread.slabs.free(back);
      for (const p of held) thread.slabs.free(p);
      thread.heap.check();
    }
    expect(liveBlocks(thread)).toEqual([]);
  });

  it("ask other processor heaps before they answer 0", () => {
    const one = formatSlabs({ source: fixed(MIB), heaps: 4 });
    const two = attachSlabs(one.handle, { heaps: 4 });
    const held: number[] = [];
    for (let p = one.slabs.allocate(5000); p !== 0; p = one.slabs.allocate(5000)) held.push(p);
    for (const p of held.splice(10, 5)) one.slabs.free(p);
    const taken = Array.from({ length: 5 }, () => two.slabs.allocate(5000));
    expect(taken).not.toContain(0);
    expect(two.slabs.allocate(5000)).toBe(0);
    one.heap.check();
  });

  it("give pages back once everything is free, but for a small part", () => {
    const thread = formatSlabs({ hyperblockBytes: MIB, source: growable({ initial: MIB, maximum: 256 * MIB }) });
    const before = thread.heap.stats().mappedBytes;
    const held = Array.from({ length: 20000 }, (_, i) => thread.slabs.allocate((i * 7) % 2000));
    expect(thread.heap.stats().mappedBytes - before).toBeGreaterThan(20 * MIB);
    for (const p of held) thread.slabs.free(p);
    // a kept hyperblock, and those in which one of the 25 active superblocks lies
    expect(thread.heap.stats().mappedBytes - before).toBeLessThan(12 * MIB);
    thread.heap.check();
  });

  it("work in memory beyond 2 GiB", () => {
    const source = growable({ initial: MIB, maximum: 2 ** 32 - 65536 });
    const { handle, zeroFrom } = source.open();
    const high = { open: () => ({ handle: { ...handle, base: 2 ** 31 - 3 * MIB }, zeroFrom }) };
    const thread = formatSlabs({ source: high, hyperblockBytes: MIB });
    const held = Array.from({ length: 400 }, (_, i) => thread.slabs.allocate(20000 + i));
    const aligned = thread.slabs.allocateAligned(4096, 2000);
    expect(Math.max(...held)).toBeGreaterThan(2 ** 31);
    expect(aligned).toBeGreaterThan(2 ** 31);
    for (const p of [...held, aligned]) {
      expect(thread.slabs.usableSize(p)).toBeGreaterThan(1999);
      thread.slabs.free(p);
    }
    thread.heap.check();
    expect(liveBlocks(thread)).toEqual([]);
  });

  it("let a thread whose views are old free, resize and allocate what lies beyond them", () => {
    const one = formatSlabs({ source: growable({ initial: 200_004, maximum: 64 * MIB }) });
    const two = attachSlabs(one.handle);
    const end = two.memory.end;
    const held = Array.from({ length: 3000 }, (_, i) => one.slabs.allocate((i * 13) % 3000));
    expect(two.memory.end).toBe(end);
    for (const p of [...held].reverse()) {
      expect(two.slabs.resize(p, two.slabs.usableSize(p))).toBe(true);
      two.slabs.free(p);
    }
    const three = attachSlabs(one.handle);
    for (const p of Array.from({ length: 500 }, (_, i) => three.slabs.allocate(i))) one.slabs.free(p);
    one.heap.check();
  });

  it("refuse a prefix behind the last block of a superblock", () => {
    const thread = formatSlabs();
    const p = thread.slabs.allocate(1032);
    const { i32 } = thread.memory;
    const superblock = Math.floor(p / 16384) * 16384;
    const behind = superblock + 16 + 15 * 1040;
    i32[(behind - 8) >>> 2] = i32[(p - 8) >>> 2];
    i32[(behind - 4) >>> 2] = 15;
    expect(() => thread.slabs.free(behind)).toThrow(InvalidAddressError);
    thread.slabs.free(p);
    thread.heap.check();
  });

  it("hold no more superblocks than the most blocks in use need, and two for each processor heap", () => {
    const options = { heaps: 3, classes: TINY.slice(0, 1) };
    const one = formatSlabs(options);
    const threads = [one, attachSlabs(one.handle, options), attachSlabs(one.handle, options)];
    // each reports the eight bytes before its first block
    const superblocks = (): number => regionsOf(one).filter(({ state, bytes }) => state === "waste" && bytes === 8).length;
    const random = randomFrom(7);
    const held: number[] = [];
    let most = 0;
    for (let step = 0; step < 3000; step++) {
      const filling = Math.floor(step / 500) % 2 === 0;
      const { slabs } = threads[random(3)];
      if (random(10) < (filling ? 7 : 3)) held.push(slabs.allocate(5000));
      else if (held.length > 0) slabs.free(held.splice(random(held.length), 1)[0]);
      most = Math.max(most, held.length);
      if (step % 10 === 0) expect(superblocks()).toBeLessThanOrEqual(Math.ceil(most / 3) + 2 * 3);
    }
    expect(most).toBeGreaterThan(100);
  });

  it("refuse options that are out of range", () => {
    expect(() => formatSlabs({ heaps: 0 })).toThrow(RangeError);
    expect(() => formatSlabs({ hyperblockBytes: 32768 })).toThrow(RangeError);
    expect(() => formatSlabs({ classes: [{ blockBytes: 16384, superblockBytes: 16384 }] })).toThrow(RangeError);
    expect(() => formatSlabs({ classes: [...TINY].reverse() })).toThrow(RangeError);
    for (const classes of [[], {}]) expect(() => formatSlabs({ classes: classes as never })).toThrow(/classes must be a list/);
  });

  it("stay sound through any sequence of operations of two threads", () => {
    const operation = fc.record({
      thread: fc.nat(1),
      do: fc.constantFrom("allocate", "aligned", "free", "free"),
      size: fc.oneof(fc.nat(200), fc.nat(LARGEST_ANCHORED_REQUEST)),
      log2: fc.nat(10),
      which: fc.nat(),
    });
    fc.assert(fc.property(fc.array(operation, { maxLength: 120 }), fc.boolean(), (script, tiny) => {
      const options = { heaps: 2, source: fixed(MIB), classes: tiny ? TINY : ANCHORED_CLASSES };
      const one = formatSlabs(options);
      const threads: AnchoredThread[] = [one, attachSlabs(one.handle, options)];
      const held: number[] = [];
      for (const step of script) {
        const { slabs } = threads[step.thread];
        if (step.do === "free") {
          if (held.length > 0) slabs.free(held.splice(step.which % held.length, 1)[0]);
        } else {
          const p = step.do === "allocate" ? slabs.allocate(step.size) : slabs.allocateAligned(2 ** step.log2, step.size);
          if (p !== 0) held.push(p);
        }
        one.heap.check();
      }
      expect(liveBlocks(one)).toEqual(held.sort((a, b) => a - b));
      for (const p of held) one.slabs.free(p);
      one.heap.check();
    }), { numRuns: 60 });
  });
});
