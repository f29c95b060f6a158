/** The layer as presets: alone for each policy, and behind a lock. */
import { DeferredFrees, definePreset, Locked } from "@heapwright/combine";
import type { HeapOptions, Preset } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { FutexLock, LOCK } from "@heapwright/sync";
import { BinsAndTries, CoalescingHeap, type CoalesceOptions } from "../src/index.js";

export function coalescing(name: string, options: CoalesceOptions): Preset<HeapOptions> {
  return definePreset({
    name,
    progress: "single-threaded",
    settings: () => ({}),
    build(root) {
      const pages = new Pages(root);
      return { pages, allocator: new CoalescingHeap(root, pages, options) };
    },
  });
}

/** For many threads: a lock that the dead can be relieved of, and frees that do not wait for it. */
export const locked = definePreset({
  name: "locked-coalescing",
  progress: "blocking",
  settings: () => ({}),
  build(root) {
    const pages = new Pages(root);
    const heap = new CoalescingHeap(root, pages, { fit: BinsAndTries });
    const lock = new FutexLock(root.memory, root.claimStruct(LOCK), root.threads.id);
    return { pages, allocator: new Locked(heap, lock, new DeferredFrees(root)) };
  },
});
