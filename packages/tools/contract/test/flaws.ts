/**
 * Heaps with one thing wrong each. A suite that has never failed is not known to work: every one of these must make
 * cases of the group fail that is named with it.
 */
import { InvalidAddressError, type Heap, type Preset, type Region } from "@heapwright/core";
import { firstFit } from "./first-fit-preset.js";

/** What is wrong: methods that replace the heap's own, and may call those. */
type Damage = (heap: Heap) => Partial<Heap>;

export interface Flaw {
  /** What the heap does wrong. */
  readonly name: string;
  /** The group of cases that must notice. */
  readonly group: string;
  readonly preset: Preset;
}

/** The subject of the suite itself, with damage done to each attachment. */
export function damaged(damage: Damage): Preset {
  const wrap = (heap: Heap): Heap => {
    const own = Object.create(heap) as Heap;
    return Object.assign(own, { [Symbol.dispose]: () => heap[Symbol.dispose]() }, damage(heap));
  };
  return { ...firstFit, create: (options) => wrap(firstFit.create(options)), attach: (handle) => wrap(firstFit.attach(handle)) };
}

export function flaw(group: string, name: string, damage: Damage): Flaw {
  return { group, name, preset: damaged(damage) };
}

/** realloc as it is often written, to be got wrong in parts. */
function moving(heap: Heap, address: number, size: number, part: { copied: number; old: "freed" | "kept" }): number {
  if (address === 0) return heap.malloc(size);
  const usable = heap.usableSize(address);
  const moved = heap.malloc(size);
  if (moved === 0) return 0;
  heap.memory.copy(moved, address, Math.min(usable, size, part.copied));
  if (part.old === "freed") heap.free(address);
  return moved;
}

let calls = 0;
/** True at every `n`th call. */
const everyNth = (n: number): boolean => ++calls % n === 0;

const SERVING: Flaw[] = [
  flaw("sizes", "gives blocks that are 8 bytes off their alignment", (heap) => ({ malloc: (size) => heap.malloc(size + 8) + 8, usableSize: (address) => heap.usableSize(address - 8) - 8, free: (address) => heap.free(address - 8) })),
  flaw("sizes", "gives a block twice", (heap) => {
    let last = 0;
    return { malloc: (size) => (last !== 0 && everyNth(50) ? last : (last = heap.malloc(size))) };
  }),
  flaw("sizes", "gives one byte too few for some sizes", (heap) => ({ malloc: (size) => heap.malloc(size % 16 === 1 && size > 16 ? size - 1 : size) })),
  flaw("sizes", "serves no block beyond 64 KiB", (heap) => ({ malloc: (size) => (size > 65536 ? 0 : heap.malloc(size)) })),
  flaw("sizes", "overwrites the last word of the block before", (heap) => ({
    malloc(size) {
      const address = heap.malloc(size);
      if (address !== 0 && everyNth(20)) heap.memory.i32[(address - 20) >>> 2] = 0;
      return address;
    },
  })),
  flaw("zero", "gives nothing for size 0", (heap) => ({ malloc: (size) => (size === 0 ? 0 : heap.malloc(size)) })),
  flaw("zero", "gives the same block for every size 0", (heap) => {
    let empty = 0;
    return { malloc: (size) => (size === 0 ? (empty ||= heap.malloc(16)) : heap.malloc(size)) };
  }),
  flaw("zero", "takes address 0 for a wrong one", (heap) => ({
    free(address) {
      if (address === 0) throw new InvalidAddressError(0, "nobody lives there");
      heap.free(address);
    },
  })),
  flaw("realloc", "keeps the old block when it moves one", (heap) => ({ realloc: (address, size) => moving(heap, address, size, { copied: Infinity, old: "kept" }) })),
  flaw("realloc", "copies 64 bytes when it moves a block", (heap) => ({ realloc: (address, size) => moving(heap, address, size, { copied: 64, old: "freed" }) })),
  flaw("realloc", "frees the block at size 0", (heap) => ({
    realloc(address, size) {
      if (size !== 0 || address === 0) return heap.realloc(address, size);
      heap.free(address);
      return 0;
    },
  })),
  flaw("realloc", "frees the old block when there is no new one", (heap) => ({
    realloc(address, size) {
      const moved = heap.realloc(address, size);
      if (moved === 0 && address !== 0) heap.free(address);
      return moved;
    },
  })),
  flaw("calloc", "zeroes nothing", (heap) => ({ calloc: (count, size) => heap.malloc(count * size) })),
  flaw("calloc", "zeroes all but the last byte", (heap) => ({
    calloc(count, size) {
      const address = heap.calloc(count, size);
      if (address !== 0 && count * size > 0) heap.memory.u8[address + count * size - 1] = 0xff;
      return address;
    },
  })),
  flaw("calloc", "cuts products to 32 bits", (heap) => ({ calloc: (count, size) => heap.calloc(1, Math.imul(count, size) >>> 0) })),
  flaw("calloc", "adds instead of multiplying", (heap) => ({ calloc: (count, size) => heap.calloc(1, count + size) })),
  flaw("alignment", "aligns to 4096 at most", (heap) => ({ alignedAlloc: (alignment, size) => heap.alignedAlloc(Math.min(alignment, 4096), size) })),
  flaw("alignment", "takes 24 for a power of two", (heap) => ({ alignedAlloc: (alignment, size) => heap.alignedAlloc(alignment === 24 ? 32 : alignment, size) })),
  flaw("alignment", "loses the rest of aligned blocks", (heap) => ({ alignedAlloc: (alignment, size) => (heap.malloc(alignment), heap.alignedAlloc(alignment, size)) })),
  flaw("usableSize", "promises 16 bytes more than it has", (heap) => ({ usableSize: (address) => heap.usableSize(address) + (address === 0 ? 0 : 16) })),
  flaw("usableSize", "promises another size each time", (heap) => ({ usableSize: (address) => heap.usableSize(address) - (address === 0 || !everyNth(30) ? 0 : 16) })),
  flaw("exhaustion", "throws when memory is used up", (heap) => ({
    malloc(size) {
      const address = heap.malloc(size);
      if (address === 0 && size < 2 ** 24) throw new RangeError("out of memory");
      return address;
    },
  })),
  flaw("exhaustion", "loses every hundredth block that is freed", (heap) => ({
    free(address) {
      if (address === 0 || !everyNth(100)) heap.free(address);
      else heap.usableSize(address);
    },
  })),
  flaw("exhaustion", "gives blocks up once it had none", (heap) => {
    let full = false;
    return { malloc: (size) => (full ? heap.malloc(2 ** 40) : heap.malloc(size) || ((full = size < 2 ** 24), 0)) };
  }),
];

const MISUSED: Flaw[] = [
  flaw("hostile sizes", "takes whatever becomes a number for a size", (heap) => ({ malloc: (size) => heap.malloc(Math.max(0, Math.trunc(Number(size))) || 0) })),
  flaw("hostile sizes", "cuts sizes to 32 bits", (heap) => ({ malloc: (size) => heap.malloc(Number.isSafeInteger(size) && size >= 0 ? size >>> 0 : size) })),
  flaw("hostile sizes", "refuses half bytes only after allocating", (heap) => ({
    malloc(size) {
      const address = heap.malloc(typeof size === "number" && size > 0 && size < 2 ** 53 ? Math.floor(size) : size);
      if (!Number.isSafeInteger(size)) throw new RangeError("half bytes");
      return address;
    },
  })),
  flaw("hostile sizes", "throws for sizes that are merely too large", (heap) => ({
    malloc(size) {
      if (size > 2 ** 32) throw new RangeError("too large");
      return heap.malloc(size);
    },
  })),
  flaw("hostile addresses", "ignores addresses it does not know", (heap) => ({
    free(address) {
      try {
        heap.free(address);
      } catch {
        // as if nothing had been asked
      }
    },
  })),
  flaw("hostile addresses", "throws a TypeError for what is no number", (heap) => ({
    free(address) {
      if (typeof address !== "number") throw new TypeError("not a number");
      heap.free(address);
    },
  })),
  flaw("hostile addresses", "cuts addresses to 32 bits", (heap) => ({ free: (address) => heap.free(typeof address === "number" && Number.isInteger(address) ? address >>> 0 : address) })),
  flaw("hostile addresses", "rounds addresses down to a block", (heap) => ({ free: (address) => heap.free(typeof address === "number" && Number.isInteger(address) && address > 0 ? address - (address % 16) : address) })),
  flaw("hostile addresses", "changes a word before it refuses", (heap) => ({
    free(address) {
      heap.memory.i32[(heap.memory.base >>> 2) + 40]++;
      heap.free(address);
    },
  })),
  flaw("hostile addresses", "does not notice that a block is freed twice", (heap) => {
    const freed = new Set<number>();
    return {
      free(address) {
        if (!freed.has(address)) heap.free(address);
        freed.add(address);
      },
    };
  }),
];

/** Regions of a walk, each passed through `change`; undefined leaves one out. */
function rewalked(heap: Heap, change: (region: Region) => Region | undefined): Partial<Heap> {
  return {
    walk: (visit) =>
      heap.walk((region) => {
        const changed = change(region);
        if (changed !== undefined) visit(changed);
      }),
  };
}

const REPORTING: Flaw[] = [
  flaw("inspection", "counts a live block that is not there", (heap) => ({
    inspect: (to) => heap.inspect({ ...to, extent: (extent) => to.extent(extent.use === "blocks" ? { ...extent, liveBlocks: extent.liveBlocks + 1 } : extent) }),
  })),
  flaw("inspection", "says of free bytes that they are in hand", (heap) => ({
    inspect: (to) => heap.inspect({ ...to, extent: (extent) => to.extent({ ...extent, freeBytes: 0, largestFree: 0 }) }),
  })),
  flaw("inspection", "promises more than it serves", (heap) => ({ inspect: (to) => heap.inspect(to) + 4096 })),
  flaw("inspection", "reports an extent twice", (heap) => ({ inspect: (to) => heap.inspect(to) + 0 * heap.inspect(to) })),
  flaw("inspection", "puts itself in order when it is looked at", (heap) => ({
    inspect(to) {
      heap.free(heap.malloc(3000));
      return heap.inspect(to);
    },
  })),
  flaw("accounting", "leaves free regions out of its walk", (heap) => rewalked(heap, (region) => (region.state === "free" ? undefined : region))),
  flaw("accounting", "reports small live blocks as free", (heap) => rewalked(heap, (region) => (region.bytes === 32 ? { ...region, state: "free", block: 0 } : region))),
  flaw("accounting", "reports the header instead of the block", (heap) => rewalked(heap, (region) => (region.state === "live" ? { ...region, block: region.address } : region))),
  flaw("accounting", "lets its peak fall", (heap) => ({ stats: () => ({ ...heap.stats(), peakMappedBytes: heap.stats().mappedBytes - calls++ }) })),
  flaw("accounting", "gives addresses at random", (heap) => ({
    malloc(size) {
      const spare = Math.random() < 0.1 ? heap.malloc(64) : 0;
      const address = heap.malloc(size);
      heap.free(spare);
      return address;
    },
  })),
  flaw("accounting", "changes words when it is checked", (heap) => ({ check: () => void heap.malloc(1) })),
  flaw("corruption", "never finds anything in its check", () => ({ check: () => undefined })),
  flaw("corruption", "throws whatever comes when it is checked", (heap) => ({
    check() {
      try {
        heap.check();
      } catch {
        throw new TypeError("cannot read properties of undefined");
      }
    },
  })),
  flaw("corruption", "hangs in its check when something is wrong", (heap) => ({
    check() {
      for (;;) {
        try {
          return heap.check();
        } catch {
          // once more
        }
      }
    },
  })),
];

const SHARING: Flaw[] = [
  { group: "attach", name: "takes any handle", preset: { ...firstFit, attach: (handle) => firstFit.attach({ ...handle, preset: firstFit.name }) } },
  { group: "attach", name: "fails with a TypeError on what is no handle", preset: { ...firstFit, attach: (handle) => firstFit.attach({ preset: handle.preset, memory: handle.memory, options: handle.options }) } },
  { group: "attach", name: "states more progress than it makes", preset: { ...firstFit, progress: "lock-free" } },
  { group: "attach", name: "takes a slot with every refusal", preset: refusing() },
  flaw("attach", "gives every attachment the same id", (heap) => ({ threadId: heap.threadId > 0 ? 1 : 0 })),
  flaw("leaving", "keeps its place when it leaves", () => ({ [Symbol.dispose]: () => undefined })),
  flaw("leaving", "serves on after it has left", (heap) => {
    const left = firstFit.attach(heap.handle);
    return { malloc: (size) => left.malloc(size), [Symbol.dispose]: () => heap[Symbol.dispose]() };
  }),
  flaw("leaving", "frees its blocks when it leaves", (heap) => {
    const own = new Set<number>();
    return {
      malloc(size) {
        const address = heap.malloc(size);
        own.add(address);
        return address;
      },
      [Symbol.dispose]() {
        for (const address of own) heap.free(address);
        heap[Symbol.dispose]();
      },
    };
  }),
  flaw("leaving", "says that it reclaimed anybody", (heap) => ({ reclaim: (id) => heap.reclaim(id) || true })),
  flaw("growth", "takes addresses beyond its views for wrong ones", (heap) => {
    const { end } = heap.memory;
    return {
      free(address) {
        if (address >= end) throw new InvalidAddressError(address, "it lies behind the buffer");
        heap.free(address);
      },
    };
  }),
  flaw("growth", "zeroes through views of the first length", (heap) => {
    const { u8 } = heap.memory;
    return {
      calloc(count, size) {
        const address = heap.malloc(count * size);
        if (address !== 0) u8.fill(0, address, address + count * size);
        return address;
      },
    };
  }),
  flaw("growth", "never grows", (heap) => {
    const end = heap.memory.buffer.byteLength;
    return {
      malloc(size) {
        const address = heap.malloc(size);
        if (address + size <= end) return address;
        heap.free(address);
        return 0;
      },
    };
  }),
  flaw("random scripts", "loses the contents of large blocks that become small", (heap) => ({
    realloc: (address, size) => moving(heap, address, size, { copied: heap.usableSize(address) > 8000 && size < 800 ? 0 : Infinity, old: "freed" }),
  })),
  flaw("random scripts", "moves the block of another in the third resize", (heap) => {
    let resizes = 0;
    let other = 0;
    return {
      malloc: (size) => (other = heap.malloc(size)),
      realloc: (address, size) => (++resizes === 3 && other !== 0 ? heap.realloc(other, size) : heap.realloc(address, size)),
    };
  }),
  flaw("beyond 2 GiB", "gives signed addresses", (heap) => ({ malloc: (size) => heap.malloc(size) | 0 })),
];

/** Every failed attach joins first and leaves without a word. */
function refusing(): Preset {
  return {
    ...firstFit,
    attach(handle) {
      try {
        return firstFit.attach(handle);
      } catch (error) {
        const { preset, ...rest } = handle;
        if (preset !== firstFit.name) firstFit.attach({ ...rest, preset: firstFit.name });
        throw error;
      }
    },
  };
}

export const FLAWS: readonly Flaw[] = [...SERVING, ...MISUSED, ...REPORTING, ...SHARING];
