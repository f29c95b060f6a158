/** What is looked at in tests: presets, and compositions of the layers that no preset of ours has. */
import { aoMalloc } from "@heapwright/ao-malloc";
import { BinsAndTries, CoalescingHeap } from "@heapwright/coalesce";
import { Counted, DeferredFrees, definePreset, Fallback, Locked, SizeSplit } from "@heapwright/combine";
import type { HeapOptions, Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { heapwright } from "heapwright";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { LargeObjects, Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { rtosHeap } from "@heapwright/rtos-heap";
import { ExclusiveSlabs } from "@heapwright/slab";
import { slistPools } from "@heapwright/slist-pools";
import { spanMalloc } from "@heapwright/span-malloc";
import { FutexLock, LOCK } from "@heapwright/sync";
import { ThreadCache } from "@heapwright/thread-cache";

const LARGEST_SMALL = 8192;

/** Superblocks of one thread each, with a cache in front of them. */
export const cached = definePreset({
  name: "cached",
  progress: "lock-free",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    const slabs = new ExclusiveSlabs(root, pages, geometric({ smallest: 16, largest: LARGEST_SMALL, base: 1.4, multiple: 16 }));
    return { pages, allocator: new SizeSplit(new ThreadCache(root, pages, slabs), new LargeObjects(root, pages), LARGEST_SMALL) };
  },
});

/** A coalescing heap behind a lock, large objects where it has no room, and a count of everything. */
const locked = definePreset({
  name: "locked",
  progress: "blocking",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    const heap = new CoalescingHeap(root, pages, { fit: BinsAndTries });
    const lock = new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id);
    const safe = new Locked(heap, lock, new DeferredFrees(root));
    return { pages, allocator: new Counted(root, new Fallback(safe, new LargeObjects(root, pages))) };
  },
});

interface Subject {
  readonly preset: Preset;
  readonly options: Readonly<Record<string, unknown>>;
}

const subject = <Options extends HeapOptions>(preset: Preset<Options>, options: Record<string, unknown> = {}): Subject => ({ preset, options });

export const SUBJECTS: readonly Subject[] = [
  subject(aoMalloc),
  subject(aoMalloc, { enableMmap: true }),
  subject(michael),
  subject(hoard),
  subject(dlmalloc),
  subject(spanMalloc),
  subject(heapwright),
  subject(slistPools),
  subject(rtosHeap),
  subject(cached),
  subject(locked),
];

export function presetNamed(name: string): Preset {
  const found = SUBJECTS.findLast(({ preset }) => preset.name === name);
  if (found === undefined) throw new Error(`there is no preset ${name}`);
  return found.preset;
}
