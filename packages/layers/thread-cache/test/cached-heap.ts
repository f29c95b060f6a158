/** Thread caches over three families of slabs, large objects beside them: as presets, and thread by thread. */
import { ComposedHeap, definePreset, SizeSplit } from "@heapwright/combine";
import { growable, openMemory, Root, type Heap, type HeapHandle, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { ExclusiveSlabs, largestOwnedBlock, OwnedSlabs, SlistBuckets } from "@heapwright/slab";
import { ThreadCache, type CacheOptions } from "../src/index.js";

const IDENTITY: Identity = { preset: "cached", options: "", maximumThreads: 16 };

/** What is below the cache. */
export type Below = "exclusive" | "owned" | "buckets";
type Slabs = ExclusiveSlabs | OwnedSlabs | SlistBuckets;

const SUPERBLOCK = 65536;
const LARGEST: Record<Below, number> = { exclusive: 16384, owned: largestOwnedBlock(SUPERBLOCK), buckets: 16384 };

function slabsOf(root: Root, pages: Pages, below: Below): Slabs {
  if (below === "buckets") return new SlistBuckets(root, pages, { buckets: 12, blocksPerBucket: 16, refill: "on demand", spacing: "close" });
  const sizes = geometric({ smallest: 16, largest: LARGEST[below], base: 1.5, multiple: 16 });
  if (below === "exclusive") return new ExclusiveSlabs(root, pages, sizes);
  return new OwnedSlabs(root, pages, { sizes, superblockBytes: SUPERBLOCK, processors: 2, groups: 8, slackSuperblocks: 2 });
}

function layersOf(root: Root, below: Below, options: CacheOptions): { pages: Pages; slabs: Slabs; cache: ThreadCache; allocator: SizeSplit } {
  const pages = new Pages(root);
  const slabs = slabsOf(root, pages, below);
  const cache = new ThreadCache(root, pages, slabs, options);
  return { pages, slabs, cache, allocator: new SizeSplit(cache, new LargeObjects(root, pages), LARGEST[below]) };
}

const presetOver = (below: Below) => definePreset({
  name: `cached-${below}`,
  progress: below === "exclusive" ? "lock-free" : "blocking",
  settings: () => ({}),
  build: (root) => layersOf(root, below, {}),
});

export const cachedExclusive = presetOver("exclusive");
export const cachedOwned = presetOver("owned");

/** One simulated thread. */
export interface CachedThread {
  readonly heap: Heap;
  readonly cache: ThreadCache;
  readonly slabs: Slabs;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
  /** One more thread of this heap, or of a copy of it. */
  join(memory?: Memory): CachedThread;
}

export function cachedHeap(options: CacheOptions = {}, below: Below = "exclusive", source: MemorySource = growable({ initial: 65536, maximum: 2 ** 24 })): CachedThread {
  const { handle, zeroFrom } = source.open();
  return threadOf(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle, below, options);
}

function threadOf(root: Root, memoryHandle: MemoryHandle, below: Below, options: CacheOptions): CachedThread {
  const { pages, slabs, cache, allocator } = layersOf(root, below, options);
  root.seal();
  const handle: HeapHandle = { preset: IDENTITY.preset, memory: memoryHandle, options: {} };
  const heap = new ComposedHeap(root, { allocator, pages }, handle);
  const join = (memory: Memory = openMemory(memoryHandle)): CachedThread => threadOf(Root.attach(memory, IDENTITY), memoryHandle, below, options);
  return { heap, cache, slabs, memory: root.memory, handle: memoryHandle, join };
}

/** Addresses of live blocks. */
export function liveIn({ heap }: Pick<CachedThread, "heap">): number[] {
  const live: number[] = [];
  heap.walk(({ block, state }) => state === "live" && live.push(block));
  return live.sort((a, b) => a - b);
}

/** Number and bytes of the blocks that are kept. */
export function keptIn({ heap }: CachedThread): { blocks: number; bytes: number } {
  const kept = { blocks: 0, bytes: 0 };
  heap.walk(({ bytes, state }) => {
    if (state !== "cached") return;
    kept.blocks++;
    kept.bytes += bytes;
  });
  return kept;
}
