/**
 * Hoard (Berger, McKinley, Blumofe, Wilson: "Hoard: A Scalable Memory Allocator for Multithreaded Applications",
 * ASPLOS 2000), with the constants of the paper. Everything is in the layers; this is how they fit together.
 */
import { integerIn, powerOfTwoIn, type HeapOptions, type Preset } from "@heapwright/core";
import { definePreset, SizeSplit } from "@heapwright/combine";
import { LargeObjects, Pages, RUNS_PROGRAM } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { largestOwnedBlock, OwnedSlabs } from "@heapwright/slab";

/** b: each size class is this factor above the one before. */
const SIZE_CLASS_BASE = 1.2;

export interface HoardOptions extends HeapOptions {
  /** P: threads are spread over 2 P heaps. About the number of workers, 1 to 1024. Default 4. */
  processors?: number;
  /** S: bytes of a superblock, a power of two from 4096 to 65536; about half of it is the largest small object. Default 8192. */
  superblockBytes?: number;
  /** f: a heap keeps at most this fraction of its blocks free, one of 1/2, 1/3, ... 1/16; or else as {@link slackSuperblocks} says. Default 1/4. */
  emptyFraction?: number;
  /** K: what a heap may keep free in any case, in superblocks per size class, 1 to 1024. Default 4. */
  slackSuperblocks?: number;
}

interface HoardSettings extends Record<string, string | number | boolean> {
  processors: number;
  superblockBytes: number;
  emptyFraction: number;
  slackSuperblocks: number;
}

export const hoard: Preset<HoardOptions> = definePreset<HoardOptions, HoardSettings>({
  name: "hoard",
  progress: "blocking",

  settings: ({ processors = 4, superblockBytes = 8192, emptyFraction = 1 / 4, slackSuperblocks = 4 }) => ({
    processors: integerIn("processors", processors, 1, 1024),
    superblockBytes: powerOfTwoIn("superblockBytes", superblockBytes, 4096, 65536),
    emptyFraction: 1 / integerIn("1 / emptyFraction", typeof emptyFraction === "number" ? 1 / emptyFraction : emptyFraction, 2, 16),
    slackSuperblocks: integerIn("slackSuperblocks", slackSuperblocks, 1, 1024),
  }),

  build(root, { processors, superblockBytes, emptyFraction, slackSuperblocks }) {
    const pages = new Pages(root, RUNS_PROGRAM);
    const sizes = geometric({ smallest: 16, largest: largestOwnedBlock(superblockBytes), base: SIZE_CLASS_BASE, multiple: 16 });
    const slabs = new OwnedSlabs(root, pages, { processors, superblockBytes, sizes, groups: 1 / emptyFraction, slackSuperblocks });
    return { allocator: new SizeSplit(slabs, new LargeObjects(root, pages), sizes.maximum, slabs), pages };
  },
});
