import { fixed } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { describe, expect, it } from "vitest";
import { definePreset } from "../src/index.js";

const plain = definePreset({
  name: "plain",
  progress: "lock-free",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    return { pages, allocator: new LargeObjects(root, pages) };
  },
});

describe("options that every preset accepts", () => {
  const wrong: unknown[] = [0, -1, 1.5, Number.NaN, 2 ** 32 + 1, "65536", null, 65536n, Symbol("size"), Object.create(null)];

  it("are refused by name when they are no sizes, also where a memory with sizes of its own is given", () => {
    for (const value of wrong) {
      for (const name of ["initialBytes", "maximumBytes"]) {
        for (const memory of [undefined, fixed(2 ** 20)]) {
          const options = { [name]: value, ...(memory && { memory }) };
          expect(() => plain.create(options)).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining(name) as string }));
        }
      }
    }
    expect(() => plain.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 19 })).toThrow(/maximumBytes/);
  });

  it("are refused as part of a handle, whatever they are", () => {
    const { handle } = plain.create();
    for (const value of wrong) {
      expect(() => plain.attach({ ...handle, preset: value as string })).toThrow(expect.objectContaining({ name: "AttachError", mismatch: "preset" }));
    }
  });
});

describe("a thread that has left", () => {
  it("cannot reclaim, and does not keep others from it", () => {
    const heap = plain.create({ maximumThreads: 3 });
    const [gone, dead] = [plain.attach(heap.handle), plain.attach(heap.handle)];
    gone[Symbol.dispose]();
    expect(() => gone.reclaim(dead.threadId)).toThrow(/has left/);
    expect(heap.reclaim(dead.threadId)).toBe(true);
    expect([plain.attach(heap.handle), plain.attach(heap.handle)].map((h) => h.malloc(1) > 0)).toEqual([true, true]);
  });
});
