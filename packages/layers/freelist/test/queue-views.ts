/** Two queues over one pool of nodes, as several threads of one process see them. */
import { openMemory, PAGE_BYTES, Root, growable, type Memory, type MemorySource } from "@heapwright/core";
import { QUEUE, Queue, QueueNodes } from "@heapwright/freelist";
import { BumpSpans } from "./bump-spans.js";

export const IDENTITY = { preset: "test", options: "", maximumThreads: 8 };

export interface QueueView {
  readonly memory: Memory;
  readonly nodes: QueueNodes;
  readonly queue: Queue;
  readonly other: Queue;
  /** Of `queue`. */
  readonly address: number;
}

/** @param root of the calling thread @param start where the first page of nodes will be */
export function queueView(root: Root, start: number): QueueView {
  const nodes = new QueueNodes(root, new BumpSpans(root, start));
  const address = root.claimStruct(QUEUE);
  const queue = new Queue(root, address, nodes);
  const other = new Queue(root, root.claimStruct(QUEUE), nodes);
  root.seal();
  return { memory: root.memory, nodes, queue, other, address };
}

/** The first one formats, the others attach. */
export function queueViews(memories: readonly Memory[], start = PAGE_BYTES): QueueView[] {
  return memories.map((memory, i) => queueView(i === 0 ? Root.format(memory, IDENTITY, 0) : Root.attach(memory, IDENTITY), start));
}

/** The same on a new memory. */
export function queuesOn(threads: number, source?: MemorySource, start?: number): QueueView[] {
  const { handle } = (source ?? growable({ initial: 65536, maximum: 2 ** 22 })).open();
  return queueViews(Array.from({ length: threads }, () => openMemory(handle)), start);
}

export function valuesOf(queue: Queue): number[] {
  const found: number[] = [];
  queue.values((value) => found.push(value));
  return found;
}
