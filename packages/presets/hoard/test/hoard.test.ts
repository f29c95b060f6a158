import { AttachError, fixed, PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { hoard, type HoardOptions } from "../src/index.js";

describe("hoard", () => {
  it("refuses options by name", () => {
    const refused: [HoardOptions, RegExp][] = [
      [{ processors: 0 }, /processors must be an integer from 1 to 1024/],
      [{ superblockBytes: 10_000 }, /superblockBytes must be a power of two from 4096 to 65536/],
      [{ superblockBytes: 131_072 }, /superblockBytes/],
      [{ emptyFraction: 0.3 }, /emptyFraction must be an integer from 2 to 16/],
      [{ emptyFraction: 1 }, /emptyFraction/],
      [{ emptyFraction: "0.25" as never }, /emptyFraction/],
      [{ emptyFraction: 4n as never }, /emptyFraction/],
      [{ slackSuperblocks: 0 }, /slackSuperblocks must be an integer from 1 to 1024/],
    ];
    for (const [options, message] of refused) expect(() => hoard.create(options)).toThrow(message);
  });

  it("accepts every fraction that it names, in both directions of a handle", () => {
    for (let groups = 2; groups <= 16; groups++) {
      const heap = hoard.create({ emptyFraction: 1 / groups, maximumBytes: 2 ** 22 });
      const other = hoard.attach(structuredClone(heap.handle));
      other.free(heap.malloc(100));
      heap.check();
    }
  });

  it("refuses a handle with other options", () => {
    const { handle } = hoard.create();
    const changed = { ...handle, options: { ...handle.options, slackSuperblocks: 5 } };
    expect(() => hoard.attach(changed)).toThrow(AttachError);
  });

  it("serves up to 4,064 bytes from superblocks, and more from pages", () => {
    const heap = hoard.create();
    const small = heap.malloc(4064);
    const large = heap.malloc(4065);
    expect(heap.usableSize(small)).toBe(4064);
    expect(heap.usableSize(large)).toBe(4096);
    expect(Math.floor(small / PAGE_BYTES)).not.toBe(Math.floor(large / PAGE_BYTES));
    heap.check();
  });

  it("gives the pages of small blocks to large ones", () => {
    const heap = hoard.create({ maximumBytes: 2 ** 23 });
    const blocks: number[] = [];
    for (let p = heap.malloc(100); p !== 0; p = heap.malloc(100)) blocks.push(p);
    expect(heap.malloc(2 ** 20)).toBe(0);
    blocks.forEach((p) => heap.free(p));
    expect(heap.malloc(2 ** 20)).not.toBe(0);
    heap.check();
  });
});

describe("empty superblocks", () => {
  it("are given back when a large object finds no page", () => {
    const heap = hoard.create({ memory: fixed(1_300_000) });
    const large = heap.malloc(1_000_000);
    expect(large).toBeGreaterThan(0);
    heap.free(large);
    const small: number[] = [];
    for (let size = 0; size < 4000; size += 8) small.push(heap.malloc(size));
    small.forEach((p) => heap.free(p));
    expect(heap.malloc(1_000_000)).toBeGreaterThan(0);
    heap.check();
  });
});
