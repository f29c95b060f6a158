/**
 * Owned slabs for tests: small heaps in a composition like Hoard's, with the layer itself within reach, and any number
 * of further "threads" in the same process, which tests interleave by hand.
 */
import { ComposedHeap } from "@heapwright/combine";
import { growable, openMemory, Root, type Heap, type HeapHandle, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { geometric } from "@heapwright/sizes";
import { largestOwnedBlock, OwnedSlabs } from "../src/owned/index.js";

const IDENTITY: Identity = { preset: "owned", options: "", maximumThreads: 16 };
export const MIB = 2 ** 20;

export interface OwnedOptions {
  readonly processors: number;
  readonly superblockBytes: number;
  readonly groups: number;
  readonly slackSuperblocks: number;
}

/** The constants of the paper, for one processor: two heaps. */
export const PAPER: OwnedOptions = { processors: 1, superblockBytes: 8192, groups: 4, slackSuperblocks: 4 };

export interface OwnedThread {
  readonly heap: Heap;
  readonly slabs: OwnedSlabs;
  readonly memory: Memory;
  readonly pages: Pages;
  readonly handle: HeapHandle;
  /** One more thread of this heap. */
  join(open?: (handle: MemoryHandle) => Memory): OwnedThread;
}

export function ownedHeap(options: Partial<OwnedOptions> = {}, source: MemorySource = growable({ initial: MIB, maximum: 256 * MIB })): OwnedThread {
  const { handle, zeroFrom } = source.open();
  const memory = openMemory(handle);
  return thread(Root.format(memory, IDENTITY, zeroFrom), handle, { ...PAPER, ...options });
}

/** One more thread of the heap in the memory of a handle, for workers. */
export function joinOwned(handle: MemoryHandle, options: OwnedOptions, open = openMemory): OwnedThread {
  return thread(Root.attach(open(handle), IDENTITY), handle, options);
}

function thread(root: Root, memoryHandle: MemoryHandle, options: OwnedOptions): OwnedThread {
  const pages = new Pages(root);
  const sizes = geometric({ smallest: 16, largest: largestOwnedBlock(options.superblockBytes), base: 1.2, multiple: 16 });
  const slabs = new OwnedSlabs(root, pages, { ...options, sizes });
  root.seal();
  const handle: HeapHandle = { preset: IDENTITY.preset, memory: memoryHandle, options: { ...options } };
  const heap = new ComposedHeap(root, { allocator: slabs, pages }, handle);
  return { heap, slabs, pages, handle, memory: root.memory, join: (open) => joinOwned(memoryHandle, options, open) };
}

/** Live blocks of one heap, by number and class. */
export function usedIn({ slabs }: OwnedThread, heap: number, c: number): number {
  return slabs.pool.heaps[heap].used(c);
}

export function superblocksIn({ slabs }: OwnedThread, heap: number, c: number): number {
  return slabs.pool.heaps[heap].held(c) / slabs.superblocks.geometry.capacity[c];
}
