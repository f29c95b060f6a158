/**
 * The first two parts of a scenario for layers that live in a heap: a root is formatted by the observer, each thread
 * attaches to it, and all run the same build function. Words are named after their claims.
 */
import { Root, type Memory } from "@heapwright/core";
import type { WordNames } from "./word-names.js";

const IDENTITY = { preset: "model", options: "" };

/** One thread's attachment to the heap. */
export interface HeapThread<Layers> {
  readonly root: Root;
  readonly memory: Memory;
  readonly layers: Layers;
}

/** @param build makes the layers, in every thread alike @param maximumThreads slots, of which the observer takes one */
export function heapOf<Layers>(
  build: (root: Root) => Layers,
  maximumThreads = 4,
): { start(memory: Memory, names: WordNames): HeapThread<Layers>; join(memory: Memory): HeapThread<Layers> } {
  const finish = (root: Root): HeapThread<Layers> => {
    const layers = build(root);
    root.seal();
    return { root, memory: root.memory, layers };
  };
  return {
    start(memory, names) {
      const root = Root.format(memory, { ...IDENTITY, maximumThreads }, 0);
      names.heap(root);
      return finish(root);
    },
    join: (memory) => finish(Root.attach(memory, { ...IDENTITY, maximumThreads })),
  };
}
