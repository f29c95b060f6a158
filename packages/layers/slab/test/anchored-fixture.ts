/** Heaps of anchored slabs for tests, and further attachments ("threads") of them in the same process. */
import { ComposedHeap } from "@heapwright/combine";
import { growable, openMemory, Root, type Identity, type Memory, type MemoryHandle, type MemorySource, type Region } from "@heapwright/core";
import { Pages } from "@heapwright/pages";
import { ANCHOR, ANCHORED_CLASSES, AnchoredSlabs, DESCRIPTOR, PROCESSOR_HEAP, type AnchoredOptions } from "../src/index.js";
import { PartialLists } from "../src/anchored/partial-lists.js";

export const MIB = 2 ** 20;

/** Few blocks to a superblock, so that every state is a few operations away: 3 blocks, then 2. */
export const TINY = [
  { blockBytes: 5440, superblockBytes: 16384 },
  { blockBytes: 8176, superblockBytes: 16384 },
] as const;

export interface AnchoredThread {
  readonly slabs: AnchoredSlabs;
  readonly heap: ComposedHeap;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
}

export interface FixtureOptions extends Partial<AnchoredOptions> {
  readonly source?: MemorySource;
  readonly open?: (handle: MemoryHandle) => Memory;
  readonly lists?: typeof PartialLists;
  /** Whether threads may die in the test. If not, checks are as strict as for a thread that is alone. Default "never". */
  readonly deaths?: "never" | "possible";
  /** The same for all threads of a heap. Default 32. */
  readonly maximumThreads?: number;
}

function identity({ maximumThreads = 32 }: FixtureOptions): Identity {
  return { preset: "test", options: "", maximumThreads };
}

export function formatSlabs(options: FixtureOptions = {}): AnchoredThread {
  const { handle, zeroFrom } = (options.source ?? growable({ initial: MIB, maximum: 64 * MIB })).open();
  const memory = (options.open ?? openMemory)(handle);
  return build(Root.format(memory, identity(options), zeroFrom), handle, options);
}

export function attachSlabs(handle: MemoryHandle, options: FixtureOptions = {}): AnchoredThread {
  return build(Root.attach((options.open ?? openMemory)(handle), identity(options)), handle, options);
}

function build(root: Root, memoryHandle: MemoryHandle, options: FixtureOptions): AnchoredThread {
  const { heaps = 1, hyperblockBytes = 65536, classes = ANCHORED_CLASSES, lists = PartialLists, deaths = "never" } = options;
  // simulated threads do not die, but a heap cannot know that of others
  if (deaths === "never") root.threads.deathIsPossible = () => false;
  const pages = new Pages(root);
  const slabs = new AnchoredSlabs(root, pages, { heaps, hyperblockBytes, classes }, lists);
  root.seal();
  const heap = new ComposedHeap(root, { allocator: slabs, pages }, { preset: "test", memory: memoryHandle, options: {} });
  return { slabs, heap, memory: root.memory, handle: memoryHandle };
}

/** What the slabs report. */
export function regionsOf({ slabs }: AnchoredThread): Region[] {
  const regions: Region[] = [];
  slabs.walk((region) => regions.push(region));
  return regions;
}

export function bytesIn(thread: AnchoredThread, state: Region["state"]): number {
  return regionsOf(thread).reduce((sum, region) => sum + (region.state === state ? region.bytes : 0), 0);
}

export function liveBlocks(thread: AnchoredThread): number[] {
  return regionsOf(thread).filter(({ state }) => state === "live").map(({ block }) => block).sort((a, b) => a - b);
}

/** A superblock as its anchor and its processor heap show it. */
export interface SuperblockView {
  readonly descriptor: number;
  readonly state: "ACTIVE" | "FULL" | "PARTIAL" | "EMPTY";
  /** Free blocks that are not reserved. */
  readonly count: number;
  /** Blocks that the heap's Active word reserves of it; 0 when that names another superblock or none. */
  readonly reserved: number;
  /** Whether it is in the heap's Partial slot. */
  readonly inSlot: boolean;
  /** Word indices, to wait for a thread there. */
  readonly anchorWord: number;
  readonly activeWord: number;
  readonly partialWord: number;
}

/** The superblock of a live block. */
export function superblockOf(thread: AnchoredThread, address: number): SuperblockView {
  thread.memory.reach(address);
  return superblockBy(thread, (thread.memory.i32[(address - 8) >>> 2] & ~63) >>> 0);
}

export function superblockBy({ memory }: AnchoredThread, descriptor: number): SuperblockView {
  memory.reach(descriptor + DESCRIPTOR.bytes - 1);
  const d = descriptor >>> 2;
  const anchor = memory.i32[d + DESCRIPTOR.anchor];
  const heap = memory.i32[d + DESCRIPTOR.heap] >>> 2;
  const active = memory.i32[heap + PROCESSOR_HEAP.active];
  return {
    descriptor,
    state: (["ACTIVE", "FULL", "PARTIAL", "EMPTY"] as const)[ANCHOR.state.get(anchor)],
    count: ANCHOR.count.get(anchor),
    reserved: (active & ~63) >>> 0 === descriptor ? (active & 63) + 1 : 0,
    inSlot: memory.i32[heap + PROCESSOR_HEAP.partial] >>> 0 === descriptor,
    anchorWord: d + DESCRIPTOR.anchor,
    activeWord: heap + PROCESSOR_HEAP.active,
    partialWord: heap + PROCESSOR_HEAP.partial,
  };
}
