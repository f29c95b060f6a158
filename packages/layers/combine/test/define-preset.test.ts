import { runInNewContext } from "node:vm";
import { fixed, wasm, type HeapHandle, type HeapOptions, type Root } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { describe, expect, it } from "vitest";
import { ComposedHeap, definePreset, type Composition } from "../src/index.js";

const definition = {
  name: "plain",
  progress: "lock-free" as const,
  settings: () => ({}),
  build(root: Root): Composition {
    const pages = new Pages(root);
    return { pages, allocator: new LargeObjects(root, pages) };
  },
};
const plain = definePreset(definition);

interface Paced extends HeapOptions {
  pace?: number;
}

it("a name is refused that the header has no room for", () => {
  const called = (name: string) => definePreset({ ...definition, name });
  for (const name of ["", "x".repeat(33), "für mich"]) expect(() => called(name)).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining(JSON.stringify(name)) as string }));
  const preset = called("x".repeat(32));
  expect(preset.attach(preset.create().handle).malloc(1)).not.toBe(0);
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
    expect(() => plain.create({ initialBytes: 2 ** 20, maximumBytes: 2 ** 19 })).toThrow("initialBytes must be an integer from 1 to 524288");
  });

  it("are refused by name when they are null, which is no default", () => {
    for (const name of ["memory", "maximumThreads", "initialBytes", "maximumBytes"]) {
      expect(() => plain.create({ [name]: null })).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining(name) as string }));
      expect(plain.create({ [name]: undefined }).malloc(1)).not.toBe(0);
    }
  });

  it("are an object, which may hold options of other presets beside", () => {
    for (const value of [null, 5, "65536", true, () => ({})]) {
      expect(() => plain.create(value as object)).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining("options must be an object") as string }));
    }
    const paced = definePreset<Paced>({ ...definition, settings: ({ pace = 1 }: Paced) => ({ pace }) });
    expect(paced.create({ pace: 2 }).handle.options).toMatchObject({ pace: 2 });
    expect(plain.create({ pace: 2 } as object).handle.options).not.toHaveProperty("pace");
  });

  it("are refused as part of a handle, whatever they are", () => {
    const { handle } = plain.create();
    for (const value of wrong) {
      expect(() => plain.attach({ ...handle, preset: value as string })).toThrow(expect.objectContaining({ name: "AttachError", mismatch: "preset" }));
    }
  });
});

it("a handle's memory may be another realm's", () => {
  const heap = plain.create({ memory: fixed(runInNewContext("new SharedArrayBuffer(1 << 20)") as SharedArrayBuffer) });
  expect(plain.attach(heap.handle).malloc(1)).not.toBe(0);
});

describe("a heap class of a preset's own", () => {
  class Counting extends ComposedHeap {
    owned(address: number): boolean {
      return this.composition.allocator.owns(address);
    }

    constructor(root: Root, private readonly composition: Composition, handle: HeapHandle) {
      super(root, composition, handle);
      if (root.memory.maximumBytes < 2 ** 18) throw new RangeError("maximumBytes must be 262144 or more");
    }
  }

  const counting = definePreset(
    { ...definition, name: "counting" },
    Counting,
  );

  it("is what create and attach give", () => {
    const heap = counting.create();
    const other = counting.attach(heap.handle);
    const address = heap.malloc(100);
    expect([other.owned(address), other.owned(address - 65536)]).toEqual([true, false]);
  });

  it("may refuse the memory", () => {
    expect(() => counting.create({ memory: fixed(2 ** 17) })).toThrow(RangeError);
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

describe("heaps in one unshared WebAssembly.Memory", () => {
  it.each(["auto", "never"] as const)("do not mind that others grow it (helper: %s)", (helper) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 128 });
    const half = 64 * 65536;
    const lower = plain.create({ memory: wasm(memory, { maximum: half, helper }), maximumThreads: 4 });
    const kept = lower.calloc(1, 5000);
    const upper = plain.create({ memory: wasm(memory, { base: half, maximum: 2 * half, helper }), maximumThreads: 4 });
    const twin = plain.attach(upper.handle);
    const growths: ((heap: typeof lower) => unknown)[] = [
      (heap) => expect(heap.usableSize(kept)).toBeGreaterThanOrEqual(5000),
      (heap) => heap.free(heap.malloc(100)),
      (heap) => heap.free(heap.alignedAlloc(4096, 100)),
      (heap) => heap.free(heap.realloc(heap.calloc(1, 10), 10_000)),
      (heap) => expect(() => heap.free(kept + 16)).toThrow(expect.objectContaining({ name: "InvalidAddressError" }) as Error),
      (heap) => heap.stats(),
      (heap) => heap.walk(() => undefined),
      (heap) => heap.check(),
      (heap) => expect(heap.reclaim(100)).toBe(false),
      (heap) => expect([heap.memory.reach(kept), heap.memory.u8[kept]]).toEqual([true, 0]),
      (heap) => heap.free(kept),
      (heap) => heap[Symbol.dispose](),
    ];
    for (const call of growths) {
      expect(twin.malloc(65536)).toBeGreaterThan(half);
      memory.grow(1);
      expect(lower.memory.i32.length).toBe(0);
      call(lower);
    }
    upper.check();
  });
});
