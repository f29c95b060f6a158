/** Buckets as several simulated threads see them, each through a memory of its own kind. */
import { ComposedHeap } from "@heapwright/combine";
import { growable, openMemory, Root, type Heap, type Memory, type MemoryHandle } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { SlistBuckets, type BucketOptions } from "../src/index.js";

/** One thread's view. */
export interface BucketThread<M extends Memory = Memory> {
  readonly memory: M;
  readonly buckets: SlistBuckets;
  /** For checks. */
  readonly heap: Heap;
  /** One more thread. */
  join<N extends Memory>(open: (handle: MemoryHandle) => N): BucketThread<N>;
}

const IDENTITY = { preset: "test", options: "", maximumThreads: 16 };
const USUAL: BucketOptions = { buckets: 4, blocksPerBucket: 16, refill: "never", spacing: "close" };

export function bucketThread(options: Partial<BucketOptions> = {}, maximum = 2 ** 22): BucketThread {
  const { handle, zeroFrom } = growable({ initial: 65536, maximum }).open();
  const build = <M extends Memory>(memory: M, root: Root): BucketThread<M> => {
    const pages = new Pages(root);
    const buckets = new SlistBuckets(root, pages, { ...USUAL, ...options });
    root.seal();
    const heap = new ComposedHeap(root, { allocator: buckets, pages }, { preset: "test", memory: handle, options: {} });
    return { memory, buckets, heap, join };
  };
  const join = <N extends Memory>(open: (handle: MemoryHandle) => N): BucketThread<N> => {
    const memory = open(handle);
    return build(memory, Root.attach(memory, IDENTITY));
  };
  const memory = openMemory(handle);
  return build(memory, Root.format(memory, IDENTITY, zeroFrom));
}

/** Addresses of all blocks that are out, ascending. */
export function liveIn({ heap }: BucketThread): number[] {
  const live: number[] = [];
  heap.walk(({ state, block }) => state === "live" && live.push(block));
  return live.sort((a, b) => a - b);
}
