/**
 * A heap of one's own, from layers: pages, superblocks that belong to a thread each, a small cache for each thread in
 * front of them, and pages again for large blocks. `definePreset` makes of it what every ready heap is, with options that
 * are checked, handles, attachments and `check`.
 */
import { definePreset, SizeSplit } from "@heapwright/combine";
import { integerIn, type HeapOptions } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { ExclusiveSlabs } from "@heapwright/slab";
import { ThreadCache } from "@heapwright/thread-cache";

export interface QuickListsOptions extends HeapOptions {
  /** Blocks of each size that a thread keeps for itself, 1 to 1024. Default 32. */
  keep?: number;
}

const LARGEST_SMALL = 8192;

export const quickLists = definePreset<QuickListsOptions, { keep: number }>({
  name: "quick-lists",
  progress: "lock-free",
  settings: ({ keep = 32 }) => ({ keep: integerIn("keep", keep, 1, 1024) }),
  // Every thread runs this, in the same order; so all find the same words at the same addresses.
  build(root, { keep }) {
    const pages = new Pages(root);
    const sizes = geometric({ smallest: 16, largest: LARGEST_SMALL, base: 1.2, multiple: 16 });
    const small = new ThreadCache(root, pages, new ExclusiveSlabs(root, pages, sizes), { blocksPerClass: keep });
    return { pages, allocator: new SizeSplit(small, new LargeObjects(root, pages), LARGEST_SMALL, small) };
  },
});
