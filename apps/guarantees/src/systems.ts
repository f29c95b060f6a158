/**
 * The data: every system with what it guarantees. Whoever changes a preset so that a test of this package fails has
 * changed a guarantee, and says so here.
 */
import { aoMalloc, type AoMallocOptions } from "@heapwright/ao-malloc";
import { PAGE_BYTES, type Heap, type HeapOptions, type Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { hoard } from "@heapwright/hoard";
import { heapwright } from "heapwright";
import { michael } from "@heapwright/michael";
import { rtosHeap, type RtosHeapOptions } from "@heapwright/rtos-heap";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";
import { anchoredSuperblocks, bestFit, buckets, carvedChunks, cutArena, mergingArena, mergingSpans, ownedSuperblocks, pagesOfThreads, withPools } from "./blowup-bounds.js";
import type { Cells, System } from "./system.js";

/** Each is in a size class of its own, and about twice the one before. */
const SIZES = [16, 50, 100, 250, 500, 1000, 2000];
/** Those of the buckets that slist-pools has when it is not told otherwise. */
const BUCKETS = [8, 16, 32, 64];

const AO_MALLOC: Omit<Cells, "progress" | "largest"> = {
  coalescing: "none",
  metadata: [4, 4],
  alignment: 16,
  blowup: { text: "of each class its peak, and a chunk per thread", bound: carvedChunks, acrossSizes: "kept" },
  falseSharing: "active and passive",
  death: { text: "a chunk", lostBytes: PAGE_BYTES },
};

const SLIST_POOLS: Omit<Cells, "metadata" | "blowup" | "falseSharing" | "death"> = {
  progress: "lock-free",
  coalescing: "none",
  alignment: 16,
  largest: 64,
};

/** What a block takes, 2^k bytes from 8 on with a word of header, at multiples of 16 or of 128. */
const closeBlock = (size: number): number => Math.ceil((2 ** Math.max(3, Math.ceil(Math.log2(size))) + 4) / 16) * 16;
const isolatedBlock = (size: number): number => Math.ceil((2 ** Math.max(3, Math.ceil(Math.log2(size))) + 16) / 128) * 128;

/** One heap of blocks with a tag each, and a lock around it. */
const TAGGED: Omit<Cells, "blowup" | "death"> = {
  progress: "blocking",
  coalescing: "neighbours",
  metadata: [4, 4],
  alignment: 16,
  falseSharing: "active and passive",
  largest: "memory",
};

const BLOCK_IN_HAND: Cells["death"] = { text: "the block in hand", lostBytes: 2016 };

const rtosForm = (name: NonNullable<RtosHeapOptions["form"]>): Omit<System, "name" | "cells"> =>
  form("rtos-heap", rtosHeap, (maximumBytes): RtosHeapOptions => ({ form: name, heapBytes: maximumBytes }), { arena: "fixed" });

const DLMALLOC: Omit<Cells, "blowup"> = {
  ...TAGGED,
  death: BLOCK_IN_HAND,
};

export const SYSTEMS: readonly System[] = [
  {
    name: "heapwright",
    cells: {
      progress: "lock-free",
      coalescing: "superblocks",
      metadata: [0, 0.5],
      alignment: 16,
      blowup: { text: "2 (L + C + 7) pages of each thread", bound: pagesOfThreads, acrossSizes: "shared" },
      falseSharing: "left behind",
      largest: "memory",
      death: { text: "a page, or a batch of up to 32 blocks", lostBytes: PAGE_BYTES },
    },
    ...form("heapwright", heapwright, (maximumBytes) => ({ maximumBytes })),
  },
  {
    name: "slist-pools, refilled",
    cells: {
      ...SLIST_POOLS,
      metadata: [16, 16],
      blowup: { text: "of each bucket its peak, and a page per thread", bound: buckets(closeBlock), acrossSizes: "kept" },
      falseSharing: "active and passive",
      death: { text: "the block in hand, or a page being added", lostBytes: PAGE_BYTES },
    },
    ...form("slist-pools", slistPools, (maximumBytes) => ({ maximumBytes, refill: true }), { sizes: BUCKETS }),
  },
  {
    name: "slist-pools, refilled, isolated, pools per thread",
    cells: {
      ...SLIST_POOLS,
      metadata: [112, 64],
      blowup: { text: "of each bucket its peak and 32 blocks per thread", bound: withPools(buckets(isolatedBlock), 32 * 128), acrossSizes: "kept" },
      falseSharing: "none",
      death: { text: "a batch of 16 blocks, or a page being added", lostBytes: PAGE_BYTES },
    },
    ...form("slist-pools", slistPools, (maximumBytes) => ({ maximumBytes, refill: true, isolate: true, perThread: 32 }), { sizes: BUCKETS }),
  },
  {
    name: "ao-malloc",
    cells: { ...AO_MALLOC, progress: "lock-free", largest: 65520 },
    ...form("ao-malloc", aoMalloc, (maximumBytes): AoMallocOptions => ({ staticChunks: maximumBytes / PAGE_BYTES - 1 })),
  },
  {
    name: "ao-malloc, growing, Boehm's stacks",
    cells: { ...AO_MALLOC, progress: "almost-lock-free", largest: "memory" },
    ...form("ao-malloc", aoMalloc, (maximumBytes): AoMallocOptions => ({ maximumBytes, enableMmap: true, stack: "almost-lock-free" })),
  },
  {
    name: "michael",
    cells: {
      progress: "lock-free",
      coalescing: "superblocks",
      metadata: [8, 8],
      alignment: 16,
      blowup: { text: "U / n + 2 H + T superblocks of each class", bound: anchoredSuperblocks, acrossSizes: "shared" },
      falseSharing: "handed on",
      largest: "memory",
      death: { text: "a superblock or, within a few steps, a hyperblock", lostBytes: 2 ** 20 },
    },
    ...form("michael", michael, (maximumBytes) => ({ maximumBytes })),
  },
  {
    name: "hoard",
    cells: {
      progress: "blocking",
      coalescing: "superblocks",
      metadata: [0.5, 0.5],
      alignment: 16,
      blowup: { text: "U / ((1 - f) n) + 2 P K superblocks of each class", bound: ownedSuperblocks, acrossSizes: "shared" },
      falseSharing: "handed on",
      largest: "memory",
      death: { text: "the block in hand, and one handed on", lostBytes: 2 * 2400 },
    },
    ...form("hoard", hoard, (maximumBytes) => ({ maximumBytes })),
  },
  {
    name: "dlmalloc",
    cells: { ...DLMALLOC, blowup: { text: "its peak, and the holes of best fit", bound: bestFit(1), acrossSizes: "shared" } },
    ...form("dlmalloc", dlmalloc, (maximumBytes) => ({ maximumBytes })),
  },
  {
    name: "dlmalloc, an mspace per thread",
    cells: { ...DLMALLOC, blowup: { text: "of each mspace its peak, and the holes of best fit", bound: bestFit(16), acrossSizes: "shared" }, falseSharing: "when full" },
    ...form("dlmalloc", dlmalloc, (maximumBytes) => ({ maximumBytes, mspaces: 16 })),
  },
  {
    name: "span-malloc",
    cells: {
      ...TAGGED,
      blowup: { text: "one heap: fragmentation", bound: mergingSpans(64), acrossSizes: "shared" },
      death: BLOCK_IN_HAND,
    },
    ...form("span-malloc", spanMalloc, (maximumBytes) => ({ maximumBytes })),
  },
  {
    name: "rtos-heap, heap_2",
    cells: {
      ...TAGGED,
      coalescing: "none",
      blowup: { text: "blocks stay as they were cut: of each size its peak, and more", bound: cutArena, acrossSizes: "kept" },
      death: BLOCK_IN_HAND,
    },
    ...rtosForm("heap_2"),
  },
  ...(["heap_2-coalescing", "heap_4"] as const).map((name) => ({
    name: `rtos-heap, ${name}`,
    cells: { ...TAGGED, blowup: { text: "one arena: fragmentation", bound: mergingArena, acrossSizes: "shared" as const }, death: BLOCK_IN_HAND },
    ...rtosForm(name),
  })),
];

/** A preset with the options of one of its forms. */
function form<Options extends HeapOptions>(
  name: string,
  preset: Preset<Options>,
  optionsFor: (maximumBytes: number) => Options,
  { sizes = SIZES, arena = "growing" }: Partial<Pick<System, "sizes" | "arena">> = {},
): Omit<System, "name" | "cells"> {
  const create = (maximumBytes: number): Heap => preset.create({ maximumThreads: 16, ...optionsFor(maximumBytes) });
  return { folder: `packages/presets/${name}`, preset, create, sizes, arena };
}
