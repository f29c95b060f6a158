/** Heaps for tests: a formatted root, and further "threads" in the same process that tests interleave by hand. */
import { growable, openMemory, Root, type Identity, type Memory, type MemoryHandle, type MemorySource } from "@heapwright/core";
import { Pages } from "@heapwright/pages";

const IDENTITY: Identity = { preset: "test", options: "", maximumThreads: 8 };

export interface Thread<T> {
  readonly root: Root;
  readonly memory: Memory;
  readonly handle: MemoryHandle;
  readonly layers: T;
}

/** Formats a heap whose layers `build` makes. */
export function format<T>(source: MemorySource, build: (root: Root) => T, open = openMemory): Thread<T> {
  const { handle, zeroFrom } = source.open();
  const memory = open(handle);
  const root = Root.format(memory, IDENTITY, zeroFrom);
  const layers = build(root);
  root.seal();
  return { root, memory, handle, layers };
}

/** One more thread of the heap of a handle. */
export function attach<T>(handle: MemoryHandle, build: (root: Root) => T, open = openMemory): Thread<T> {
  const memory = open(handle);
  const root = Root.attach(memory, IDENTITY);
  const layers = build(root);
  root.seal();
  return { root, memory, handle, layers };
}

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** A heap of pages alone, in a new growable buffer. */
export function pagesIn(source: MemorySource = growable({ initial: MIB, maximum: 64 * MIB })): Thread<Pages> {
  return format(source, (root) => new Pages(root));
}

export function morePages(of: { handle: MemoryHandle }): Thread<Pages> {
  return attach(of.handle, (root) => new Pages(root));
}
