import { AttachError, fixed, type Allocator, type Fixes, type Heap, type HeapOptions } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { describe, expect, it } from "vitest";
import { ComposedHeap, Counted, definePreset, derivePreset, type Composition, type PresetDefinition, type Settings } from "../src/index.js";

interface PlainOptions extends HeapOptions {
  paces?: number;
}

interface MoreOptions extends HeapOptions {
  rows?: number;
}

const definition: PresetDefinition<PlainOptions, Settings> = {
  name: "plain",
  progress: "lock-free",
  settings: ({ paces = 3 }) => ({ paces }),
  memory: () => fixed(2 ** 20),
  build(root) {
    const pages = new Pages(root);
    return { pages, allocator: new LargeObjects(root, pages) };
  },
};
const plain = definePreset<PlainOptions>(definition);
const counted = derivePreset(plain, {
  name: "counted plain",
  settings: ({ rows = 1 }: MoreOptions) => ({ rows }),
  memory: () => fixed(2 ** 21),
  wrap: (root, composition) => ({ ...composition, allocator: new Counted(root, composition.allocator) }),
});

describe("a derived preset", () => {
  it("has the layers of the other with more around them, in every thread", () => {
    const heap = counted.create();
    const other = counted.attach(heap.handle);
    heap.free(other.malloc(100));
    const wrapper = ComposedHeap.allocatorOf(heap) as Counted;
    expect(wrapper.counts()).toMatchObject({ allocations: 1, frees: 1, requestedBytes: 100 });
    heap.check();
  });

  it("has the options of both, and room for more than the other's memory", () => {
    const heap = counted.create({ paces: 7, rows: 2 });
    expect(heap.handle.options).toMatchObject({ paces: 7, rows: 2 });
    expect(heap.memory.maximumBytes).toBe(2 ** 21);
    expect(plain.create().memory.maximumBytes).toBe(2 ** 20);
  });

  it("takes no heap of the other, nor the other one of it", () => {
    for (const [one, two] of [[plain, counted], [counted, plain]]) {
      expect(() => two.attach(one.create().handle)).toThrow(AttachError);
      expect(() => two.attach({ ...one.create().handle, preset: two.name })).toThrow(AttachError);
    }
  });

  it("is derived from what definePreset has made", () => {
    const { progress, create, attach } = plain;
    const foreign = { name: "foreign", progress, create, attach };
    expect(() => derivePreset(foreign, { name: "x", settings: () => ({}), wrap: (_root, composition) => composition })).toThrow(/"foreign" was not made by definePreset/);
  });

  it("keeps the heap class of the other", () => {
    class Named extends ComposedHeap {
      readonly title = "named";
    }
    const derived = derivePreset(definePreset(definition, Named), { name: "derived", settings: () => ({}), wrap: (_root, composition) => composition });
    expect(derived.create()).toBeInstanceOf(Named);
  });
});

describe("an allocator with exact sizes", () => {
  /** Notes what it is told. */
  const told: number[] = [];
  function recording(inner: Allocator, fixedUpTo = 0): Allocator & Fixes {
    const resize = (address: number, bytes: number): boolean => {
      told.push(bytes);
      return inner.resize(address, bytes);
    };
    const said: Record<string | symbol, unknown> = { resize, fixedUpTo };
    return new Proxy(inner as Allocator & Fixes, { get: (target, name, receiver) => (name in said ? said[name] : (Reflect.get(target, name, receiver) as unknown)) });
  }

  function heapThatTells(sizes: NonNullable<Composition["sizes"]>, fixedUpTo = 0): Heap {
    const preset = derivePreset(plain, { name: sizes, settings: () => ({}), wrap: (_root, composition) => ({ ...composition, allocator: recording(composition.allocator, fixedUpTo), sizes }) });
    return preset.create();
  }

  it("is told of every change, others of those that pay", () => {
    for (const [sizes, calls] of [["rounded", []], ["exact", [4000, 3000]]] as const) {
      told.length = 0;
      const heap = heapThatTells(sizes);
      const address = heap.malloc(4096);
      expect([heap.realloc(address, 4000), heap.realloc(address, 3000)]).toEqual([address, address]);
      expect(told).toEqual(calls);
    }
  });

  it("is told even of what does not grow where it is, others are not", () => {
    for (const [sizes, calls] of [["rounded", [70_000]], ["exact", [5000, 70_000]]] as const) {
      told.length = 0;
      const heap = heapThatTells(sizes, 4096);
      const small = heap.malloc(4096);
      heap.memory.u8.fill(7, small, small + 4096);
      const larger = heap.realloc(small, 5000);
      expect(heap.usableSize(larger)).toBeGreaterThanOrEqual(5000);
      expect(heap.memory.u8.subarray(larger, larger + 4096).every((byte) => byte === 7)).toBe(true);
      expect(heap.usableSize(heap.realloc(larger, 70_000))).toBeGreaterThanOrEqual(70_000);
      expect(told).toEqual(calls);
      heap.check();
    }
  });
});
