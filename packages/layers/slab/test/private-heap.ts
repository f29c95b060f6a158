/** Private slabs with large objects beside them: as a preset for the contract, and thread by thread for tests that interleave them. */
import { ComposedHeap, definePreset, SizeSplit } from "@heapwright/combine";
import { growable, openMemory, Root, type Heap, type HeapHandle, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { Pages, WholePages } from "@heapwright/pages";
import { LARGEST_PRIVATE_BLOCK, PrivateSlabs } from "../src/index.js";

const IDENTITY: Identity = { preset: "private", options: "", maximumThreads: 16 };

function layersOf(root: Root): { pages: Pages; slabs: PrivateSlabs; allocator: SizeSplit } {
  const pages = new Pages(root);
  const slabs = new PrivateSlabs(root, pages);
  return { pages, slabs, allocator: new SizeSplit(slabs, new WholePages(root, pages), LARGEST_PRIVATE_BLOCK, slabs) };
}

export const privateSlabs = definePreset({
  name: "private",
  progress: "lock-free",
  settings: () => ({}),
  build: layersOf,
});

/** One simulated thread. */
export interface PrivateThread {
  readonly heap: Heap;
  readonly slabs: PrivateSlabs;
  readonly pages: Pages;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
  /** One more thread of this heap, or of a copy of it. */
  join(memory?: Memory): PrivateThread;
}

export function privateHeap(source: MemorySource = growable({ initial: 65536, maximum: 2 ** 24 })): PrivateThread {
  const { handle, zeroFrom } = source.open();
  return threadOf(Root.format(openMemory(handle), IDENTITY, zeroFrom), handle);
}

function threadOf(root: Root, memoryHandle: MemoryHandle): PrivateThread {
  const { pages, slabs, allocator } = layersOf(root);
  root.seal();
  const handle: HeapHandle = { preset: IDENTITY.preset, memory: memoryHandle, options: {} };
  const heap = new ComposedHeap(root, { allocator, pages }, handle);
  const join = (memory: Memory = openMemory(memoryHandle)): PrivateThread => threadOf(Root.attach(memory, IDENTITY), memoryHandle);
  return { heap, slabs, pages, memory: root.memory, handle: memoryHandle, join };
}

/** Addresses of all live blocks. */
export function liveIn({ heap }: PrivateThread): number[] {
  const live: number[] = [];
  heap.walk(({ block, state }) => state === "live" && live.push(block));
  return live.sort((a, b) => a - b);
}

/** Pages that belong to threads. */
export function pagesHeld({ slabs, memory }: PrivateThread): number {
  memory.reach(Number.MAX_SAFE_INTEGER);
  let held = 0;
  for (let page = 0; page < memory.end; page += 65536) if (slabs.owns(page)) held++;
  return held;
}
