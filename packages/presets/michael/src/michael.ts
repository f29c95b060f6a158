/**
 * Michael's lock-free allocator (PLDI 2004): superblocks with anchors, processor heaps with credits, descriptors; large
 * blocks straight from the page source. Everything is in the layers; this is how they fit together.
 */
import { integerIn, PAGE_BYTES, powerOfTwoIn, type HeapOptions, type Preset } from "@heapwright/core";
import { definePreset, SizeSplit } from "@heapwright/combine";
import { LargeObjects, Pages, RUNS_PROGRAM } from "@heapwright/pages";
import { ANCHORED_CLASSES, ANCHORED_DEFAULTS, AnchoredSlabs, LARGEST_ANCHORED_REQUEST } from "@heapwright/slab";

export interface MichaelOptions extends HeapOptions {
  /** Processor heaps, 1 to 1024; threads share them by turns. Two per processor are usual. Default 8. */
  heaps?: number;
  /** Most bytes of superblocks acquired at once, a power of two from 64 KiB to 1 MiB. Default 1 MiB. */
  hyperblockBytes?: number;
}

interface MichaelSettings extends Record<string, string | number | boolean> {
  heaps: number;
  hyperblockBytes: number;
}

export const michael: Preset<MichaelOptions> = definePreset<MichaelOptions, MichaelSettings>({
  name: "michael",
  progress: "lock-free",

  settings: ({ heaps = ANCHORED_DEFAULTS.heaps, hyperblockBytes = ANCHORED_DEFAULTS.hyperblockBytes }) => ({
    heaps: integerIn("heaps", heaps, 1, 1024),
    hyperblockBytes: powerOfTwoIn("hyperblockBytes", hyperblockBytes, PAGE_BYTES, ANCHORED_DEFAULTS.hyperblockBytes),
  }),

  build(root, { heaps, hyperblockBytes }) {
    const pages = new Pages(root, RUNS_PROGRAM);
    const slabs = new AnchoredSlabs(root, pages, { heaps, hyperblockBytes, classes: ANCHORED_CLASSES });
    return { pages, allocator: new SizeSplit(slabs, new LargeObjects(root, pages), LARGEST_ANCHORED_REQUEST) };
  },
});
