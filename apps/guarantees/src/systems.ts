/**
 * The data: every system with what it guarantees. Whoever changes a preset so that a test of this package fails has
 * changed a guarantee, and says so here.
 */
import { aoMalloc, type AoMallocOptions } from "@heapwright/ao-malloc";
import { PAGE_BYTES, type Heap, type HeapOptions, type Preset } from "@heapwright/core";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { anchoredSuperblocks, carvedChunks, ownedSuperblocks } from "./blowup-bounds.js";
import type { Cells, System } from "./system.js";

/** Each is in a size class of its own, and about twice the one before. */
const SIZES = [16, 50, 100, 250, 500, 1000, 2000];

const AO_MALLOC: Omit<Cells, "progress" | "largest"> = {
  coalescing: "none",
  metadata: [4, 4],
  alignment: 16,
  blowup: { text: "of each class its peak, and a chunk per thread", bound: carvedChunks, acrossSizes: "kept" },
  falseSharing: "active and passive",
  death: { text: "a chunk", lostBytes: PAGE_BYTES },
};

export const SYSTEMS: readonly System[] = [
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
