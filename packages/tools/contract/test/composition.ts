/**
 * Heaps that nobody ships, composed as a reader might. That any such mixture passes is what the seams are for.
 */
import { BinsAndTries, CoalescingHeap } from "@heapwright/coalesce";
import { DeferredFrees, definePreset, Locked, SizeSplit } from "@heapwright/combine";
import { LargeObjects, Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { AnchoredSlabs, ExclusiveSlabs } from "@heapwright/slab";
import { FutexLock, LOCK } from "@heapwright/sync";
import { ThreadCache } from "@heapwright/thread-cache";

const SMALL = 1024;
const MIDDLING = 32_768;

/** A cache per thread over private superblocks for small blocks, a coalescing heap under a lock for middling ones, whole pages for large ones. */
export const threeTiers = definePreset({
  name: "three-tiers",
  progress: "blocking",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    const slabs = new ExclusiveSlabs(root, pages, geometric({ smallest: 16, largest: SMALL, base: 1.25, multiple: 16 }));
    const small = new ThreadCache(root, pages, slabs);
    const lock = new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id);
    const middling = new Locked(new CoalescingHeap(root, pages, { fit: BinsAndTries }), lock, new DeferredFrees(root));
    const large = new LargeObjects(root, pages);
    return { allocator: new SizeSplit(small, new SizeSplit(middling, large, MIDDLING), SMALL), pages };
  },
});

/** A cache per thread over Michael's superblocks, of which a MiB is acquired at once. */
export const bySuperblocks = definePreset({
  name: "by-superblocks",
  progress: "lock-free",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    const small = new ThreadCache(root, pages, new AnchoredSlabs(root, pages));
    return { allocator: new SizeSplit(small, new LargeObjects(root, pages), 2 * SMALL), pages };
  },
});
