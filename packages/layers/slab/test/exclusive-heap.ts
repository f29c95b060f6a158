/** Exclusive slabs with large objects beside them: as a preset for the contract, and thread by thread for tests that interleave them. */
import { ComposedHeap, definePreset, SizeSplit } from "@heapwright/combine";
import { growable, openMemory, Root, type Heap, type HeapHandle, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { LargeObjects, Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { ExclusiveSlabs } from "../src/index.js";

const IDENTITY: Identity = { preset: "exclusive", options: "", maximumThreads: 16 };
const LARGEST = 32768;

function layersOf(root: Root): { pages: Pages; slabs: ExclusiveSlabs; allocator: SizeSplit } {
  const pages = new Pages(root);
  const slabs = new ExclusiveSlabs(root, pages, geometric({ smallest: 16, largest: LARGEST, base: 1.25, multiple: 16 }));
  return { pages, slabs, allocator: new SizeSplit(slabs, new LargeObjects(root, pages), LARGEST) };
}

export const exclusive = definePreset({
  name: "exclusive",
  progress: "lock-free",
  settings: () => ({}),
  build: layersOf,
});

/** One simulated thread. */
export interface ExclusiveThread {
  readonly heap: Heap;
  readonly slabs: ExclusiveSlabs;
  readonly pages: Pages;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
  /** One more thread of this heap, or of a copy of it. */
  join(memory?: Memory): ExclusiveThread;
}

export function exclusiveHeap(source: MemorySource = growable({ initial: 65536, maximum: 2 ** 24 })): ExclusiveThread {
  const { handle, zeroFrom } = source.open();
  return threadOf(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle);
}

function threadOf(root: Root, memoryHandle: MemoryHandle): ExclusiveThread {
  const { pages, slabs, allocator } = layersOf(root);
  root.seal();
  const handle: HeapHandle = { preset: IDENTITY.preset, memory: memoryHandle, options: {} };
  const heap = new ComposedHeap(root, { allocator, pages }, handle);
  const join = (memory: Memory = openMemory(memoryHandle)): ExclusiveThread => threadOf(Root.attach(memory, IDENTITY), memoryHandle);
  return { heap, slabs, pages, memory: root.memory, handle: memoryHandle, join };
}

/** Addresses of all live blocks. */
export function liveIn({ heap }: ExclusiveThread): number[] {
  const live: number[] = [];
  heap.walk(({ block, state }) => state === "live" && live.push(block));
  return live.sort((a, b) => a - b);
}

/** Pages that belong to exclusive superblocks. */
export function pagesHeld({ slabs, memory }: ExclusiveThread): number {
  memory.reach(Number.MAX_SAFE_INTEGER);
  let held = 0;
  for (let page = 0; page < memory.end; page += 65536) if (slabs.owns(page)) held++;
  return held;
}
