/** Queues whose nodes come from one pool, filled beforehand so that no thread has to cut a page. */
import type { Root } from "@heapwright/core";
import { QUEUE, QUEUE_NODE, Queue, QueueNodes } from "@heapwright/freelist";
import { heapOf, queueOf, type Actor, type HeapThread, type Scenario } from "@heapwright/model";
import { Pages } from "@heapwright/pages";
import { caseOf, type Case, type Code } from "./case.js";

export type QueueThread = HeapThread<Queue>;
export type QueueMaker = (root: Root, address: number, nodes: QueueNodes) => Queue;

const PAGE = 65536;

const enqueue = ({ layers }: QueueThread, actor: Actor, value: number): unknown =>
  actor.perform("enqueue", value, () => layers.enqueue(value));
const dequeue = ({ layers }: QueueThread, actor: Actor): number => actor.perform("dequeue", undefined, () => layers.dequeue());

/** @param start values in the queue; two nodes more are idle, so that a recycled one comes back soon */
export function queueScenario(name: string, start: readonly number[], threads: readonly Code<QueueThread>[], make: QueueMaker = (root, address, nodes) => new Queue(root, address, nodes)): Scenario<QueueThread> {
  const heap = heapOf((root) => make(root, root.claimStruct(QUEUE), new QueueNodes(root, new Pages(root))), 5);
  return {
    name,
    memory: { initialBytes: PAGE, maximumBytes: 3 * PAGE },
    start(memory, names) {
      const thread = heap.start(memory, names);
      names.range("nodes", PAGE, PAGE);
      thread.layers.enqueue(1);
      thread.layers.enqueue(1);
      thread.layers.dequeue();
      thread.layers.dequeue();
      for (const value of start) thread.layers.enqueue(value);
      return thread;
    },
    join: heap.join,
    threads,
    end(thread, actor) {
      while (dequeue(thread, actor) !== 0) continue;
    },
    specification: queueOf(start),
  };
}

export const enqueueOne = (value: number): Code<QueueThread> => (thread, actor) => void enqueue(thread, actor, value);
export const dequeueOne: Code<QueueThread> = (thread, actor) => void dequeue(thread, actor);
export const enqueueThenDequeue = (value: number): Code<QueueThread> => (thread, actor) => {
  enqueue(thread, actor, value);
  dequeue(thread, actor);
};
/** Lets the node of a value be used again for another one. */
export const dequeueThenEnqueue = (value: number): Code<QueueThread> => (thread, actor) => {
  dequeue(thread, actor);
  enqueue(thread, actor, value);
};

/** Every tag of an empty queue and of its nodes is about to wrap. */
const nearWrap: QueueMaker = (root, address, nodes) => {
  const queue = new Queue(root, address, nodes);
  if (!root.fresh) return queue;
  const w = address >>> 2;
  for (const tag of [QUEUE.head + 1, QUEUE.tail + 1, QUEUE.firstDummy + QUEUE_NODE.next + 1]) root.memory.i32[w + tag] = -1;
  return queue;
};

export const QUEUES: readonly Case[] = [
  caseOf(queueScenario("queue: enqueue against enqueue", [], [enqueueOne(100), enqueueOne(200)])),
  caseOf(queueScenario("queue: dequeue against dequeue", [7, 8], [dequeueOne, dequeueOne])),
  caseOf(queueScenario("queue of none: enqueue against dequeue", [], [enqueueOne(100), dequeueOne])),
  caseOf(queueScenario("queue of one: enqueue and dequeue, twice", [7], [enqueueThenDequeue(100), enqueueThenDequeue(200)]), { preemptions: 4 }),
  caseOf(queueScenario("queue of one: dequeue and enqueue, twice", [7], [dequeueThenEnqueue(100), dequeueThenEnqueue(200)])),
  caseOf(queueScenario("queue of none: three threads", [], [enqueueOne(100), enqueueOne(200), dequeueOne]), { preemptions: 3 }),
  caseOf(queueScenario("queue of one: a thread is killed anywhere", [7], [enqueueOne(100), dequeueOne]), { deaths: 1 }),
  caseOf(queueScenario("queue of one: enqueue against dequeue", [7], [enqueueOne(100), dequeueOne]), { progress: "alone" }),
  caseOf(queueScenario("queue of one: enqueue against dequeue", [7], [enqueueOne(100), dequeueOne]), { spuriousFailures: 1 }),
  caseOf(queueScenario("queue of none, tags at their wrap: enqueue and dequeue, twice", [], [enqueueThenDequeue(100), enqueueThenDequeue(200)], nearWrap), { preemptions: 3 }),
];
