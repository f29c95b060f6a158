import { aoMalloc } from "@heapwright/ao-malloc";
import { AttachError, fixed, growable } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { rtosHeap } from "@heapwright/rtos-heap";
import { describe, expect, it } from "vitest";
import { checked, type CheckOptions } from "../src/index.js";
import { CHECKED_PRESETS } from "./checked-presets.js";

describe("a checked preset", () => {
  it("is named after its preset, and takes the options of both", () => {
    const preset = checked(hoard, { sites: "off", quarantineBlocks: 8 });
    expect([preset.name, preset.progress]).toEqual(["checked hoard", "blocking"]);
    const heap = preset.create({ maximumBytes: 2 ** 24, processors: 2, quarantineBlocks: 16 });
    expect(heap.handle).toMatchObject({ preset: "checked hoard", options: { processors: 2, quarantineBlocks: 16, sites: "off", poisonBytes: 65536 } });
    expect([heap.preset, heap.progress]).toEqual(["checked hoard", "blocking"]);
  });

  it("attaches to heaps with other options than its own defaults, since these travel with the handle", () => {
    const heap = checked(michael, { quarantineBlocks: 8 }).create({ maximumBytes: 2 ** 24 });
    const other = checked(michael, { sites: "off", siteBytes: 0 }).attach(structuredClone(heap.handle));
    heap.free(other.malloc(10));
    heap.check();
  });

  it("and its preset do not take each other's heaps", () => {
    const [plain, safe] = [michael.create({ maximumBytes: 2 ** 24 }), checked(michael).create({ maximumBytes: 2 ** 24 })];
    expect(() => michael.attach(safe.handle)).toThrow(AttachError);
    expect(() => checked(michael).attach(plain.handle)).toThrow(AttachError);
    expect(() => checked(michael).attach({ ...plain.handle, preset: "checked michael" })).toThrow(AttachError);
  });

  it("refuses options out of range by name, as defaults and for a heap", () => {
    const wrong: [keyof CheckOptions, unknown[]][] = [
      ["sites", ["some", 1, null]],
      ["siteSample", [0, 1.5, 2 ** 20 + 1, "2"]],
      ["siteBytes", [-1, 2 ** 28 + 1]],
      ["quarantineBlocks", [0, 3, 2 ** 17]],
      ["quarantineBytes", [-1, 2 ** 30 + 1, Number.NaN]],
      ["poisonBytes", [0, 32, 65, 2 ** 31]],
    ];
    for (const [name, values] of wrong) {
      for (const value of values) {
        const options = { [name]: value } as CheckOptions;
        for (const make of [() => checked(michael, options), () => checked(michael).create({ ...options, maximumBytes: 2 ** 24 })]) {
          expect(make).toThrow(expect.objectContaining({ name: "RangeError", message: expect.stringContaining(name) as string }) as Error);
        }
      }
    }
    expect(() => checked({ ...michael, name: "a preset with quite a long name" })).toThrow(/1 to 32 ASCII characters/);
  });

  it("makes room in a memory that its preset has measured for itself", () => {
    const count = (heap: { malloc(size: number): number }): number => {
      let blocks = 0;
      while (heap.malloc(60_000) !== 0) blocks++;
      return blocks;
    };
    expect(count(checked(aoMalloc).create())).toBe(count(aoMalloc.create()));
    const given = checked(aoMalloc).create({ memory: fixed(2 ** 20) });
    expect(given.memory.maximumBytes).toBe(2 ** 20);
  });

  it("is made of every preset, in a memory of that one's choice", () => {
    for (const { preset, how } of CHECKED_PRESETS) {
      const heap = preset.create({ ...how.options });
      const address = heap.malloc(48);
      heap.free(address);
      expect([preset.name, address > 0, heap.usableSize(heap.malloc(40))]).toEqual([preset.name, true, 40]);
      heap.check();
    }
  });

  it("has room for its own beside an arena that its preset's memory was made for, and beside as many chunks as there may be", () => {
    for (const heapBytes of [2 ** 20, 2 ** 27, 2 ** 28]) expect(checked(rtosHeap).create({ heapBytes }).malloc(10)).not.toBe(0);
    expect(checked(aoMalloc).create({ staticChunks: 60_000 }).malloc(10)).not.toBe(0);
  });

  it("has no such room beside an arena of nearly 4 GiB, and says so", () => {
    expect(rtosHeap.create({ heapBytes: 2 ** 32 - 2 ** 21 }).malloc(10)).not.toBe(0);
    expect(() => checked(rtosHeap).create({ heapBytes: 2 ** 32 - 2 ** 21 })).toThrow(/^heapBytes must fit the memory: .* has no room/);
  });

  it("lets its heaps do what those of its preset can", () => {
    const lea = checked(dlmalloc).create({ mspaces: 2, maximumBytes: 2 ** 24 });
    const mspace = lea.mspace(1);
    const block = mspace.realloc(mspace.malloc(100), 300_000);
    expect([lea.usableSize(block), mspace.footprint() > 300_000, lea.mspace(0).footprint()]).toEqual([300_000, true, 0]);
    const second = mspace.alignedAlloc(256, 10);
    lea.check();
    lea.memory.u8[second + 10] ^= 1;
    expect(() => mspace.free(second)).toThrow("overflow: byte 10 of the block of 10 bytes");
    lea.free(block);
    expect(() => mspace.free(block)).toThrow();
    const rtos = checked(rtosHeap).create();
    const before = rtos.heapStats();
    rtos.malloc(1000);
    expect(rtos.heapStats().freeBytes).toBeLessThan(before.freeBytes - 1000);
    rtos.check();
  });

  it("calls as many bytes metadata in the walk as it counts, alignment gaps aside", () => {
    const heap = checked(michael).create({ memory: growable({ initial: 2 ** 18, maximum: 2 ** 24 }) });
    const metadata = (): number[] => {
      let walked = 0;
      heap.walk(({ bytes, state }) => (walked += state === "metadata" ? bytes : 0));
      return [heap.stats().metadataBytes, walked];
    };
    const before = metadata();
    for (const alignment of [16, 4096, 2 ** 20]) heap.alignedAlloc(alignment, 10);
    const after = metadata();
    expect(after[1] - before[1]).toBeLessThan(after[0] - before[0] + 3 * 16);
    heap.check();
  });

  it("is made of a preset, and of nothing else", () => {
    for (const [value, shown] of [[null, "null"], [undefined, "undefined"], ["michael", '"michael"'], [7, "7"]]) {
      expect(() => checked(value as unknown as typeof michael)).toThrow(new RangeError(`preset must be one made by definePreset, not ${shown}`));
    }
    expect(() => checked({} as typeof michael)).toThrow(RangeError);
    expect(() => checked(michael, null as unknown as CheckOptions)).toThrow(new RangeError("defaults must be an object, not null"));
  });

  it("leaves small heaps most of their memory", () => {
    const heap = checked(michael).create({ memory: growable({ initial: 2 ** 18, maximum: 2 ** 20 }) });
    expect(heap.stats().metadataBytes).toBeLessThan(michael.create({ memory: growable({ initial: 2 ** 18, maximum: 2 ** 20 }) }).stats().metadataBytes + 2 ** 16);
  });
});

describe("a checked heap", () => {
  const heap = checked(michael).create({ maximumBytes: 2 ** 25, poisonBytes: 1024 });
  const bytes = (address: number, count: number): number[] => {
    heap.memory.reach(address + count - 1);
    return [...heap.memory.u8.subarray(address, address + count)];
  };

  it("has blocks of exactly the size that was asked for last", () => {
    for (const size of [0, 1, 15, 16, 17, 100, 5000, 70_000]) {
      const address = heap.malloc(size);
      expect(heap.usableSize(address)).toBe(size);
      for (const next of [size + 1, Math.floor(size / 3), 0, 40]) {
        const moved = heap.realloc(address, next);
        if (moved !== address) break;
        expect(heap.usableSize(address)).toBe(next);
      }
    }
  });

  it("fills what is fresh, and what is freed, but not what was zeroed", () => {
    const address = heap.malloc(100);
    expect(bytes(address, 100).every((byte) => byte === 0xaa)).toBe(true);
    heap.free(address);
    expect(bytes(address, 100).every((byte) => byte === 0xdd)).toBe(true);
    expect(bytes(heap.calloc(10, 10), 100).every((byte) => byte === 0)).toBe(true);
    const grown = heap.realloc(heap.calloc(1, 50), 500);
    expect(bytes(grown, 500)).toEqual([...new Array<number>(50).fill(0), ...new Array<number>(450).fill(0xaa)]);
    const shrunk = heap.realloc(heap.calloc(1, 1000), 10);
    expect(heap.realloc(shrunk, 500)).toBe(shrunk);
    expect(bytes(shrunk, 500)).toEqual([...new Array<number>(10).fill(0), ...new Array<number>(490).fill(0xaa)]);
    heap.check();
    const large = heap.calloc(1, 10_000);
    heap.free(large);
    const ends = bytes(large, 10_000);
    expect([ends.slice(0, 512), ends.slice(-512)].flat().every((byte) => byte === 0xdd)).toBe(true);
    expect(ends.slice(512, -512).every((byte) => byte === 0)).toBe(true);
  });

  it("does not use a freed block again before many others have been freed", () => {
    const freed = heap.malloc(100);
    heap.free(freed);
    for (let i = 0; i < 1000; i++) {
      const address = heap.malloc(100);
      expect(address).not.toBe(freed);
      heap.free(address);
    }
    const later = Array.from({ length: 200 }, () => {
      const address = heap.malloc(100);
      heap.free(address);
      return address;
    });
    expect(later).toContain(freed);
  });

  it("shows in its walk what belongs to whom", () => {
    const one = checked(michael).create({ maximumBytes: 2 ** 24 });
    const [live, freed] = [one.malloc(100), one.malloc(50)];
    one.free(freed);
    const regions: [string, number][] = [];
    one.walk(({ layer, state, address, bytes: count, block }) => {
      if (layer === "checked") regions.push([state, count]);
      if (state === "live") expect([address, block, count]).toEqual([live, live, 100]);
      if (state === "cached") expect([address, count]).toEqual([freed, 50]);
    });
    expect(new Set(regions.map(([state]) => state))).toEqual(new Set(["metadata", "live", "cached", "waste"]));
    one.check();
  });

  it("gives a shrunken large block's memory back where the allocator below can", () => {
    const one = checked(michael).create({ maximumBytes: 2 ** 24 });
    const address = one.malloc(1_000_000);
    const before = one.stats().mappedBytes;
    expect(one.realloc(address, 200_000)).toBe(address);
    expect(one.stats().mappedBytes).toBeLessThan(before - 700_000);
    expect(one.usableSize(address)).toBe(200_000);
    one.check();
  });
});
