/**
 * One core makes tasks of three blocks and queues them; the others take them, allocate one block, work for a while, and free
 * four. The queue is Michael and Scott's without its retries, since operations run whole: the nodes are blocks of the heap,
 * and its two ends are lines that the cores contend for.
 */
import type { Heap } from "@heapwright/core";
import { share, type Program, type Stage, type Workload } from "./workload.js";

const TASKS = 40;
const INDICES_BYTES = 60;
const TASK_BYTES = 32;
const NODE_BYTES = 16;
const HISTOGRAM_BYTES = 64;
/** Cycles of work on a task, and between two looks at an empty queue. */
const WORK = 3000;
const PAUSE = 200;
/** The producer helps where more are queued. */
const LIMIT = 100;

const NODE = { next: 0, task: 1 };

export const producerConsumer: Workload = {
  name: "producer-consumer",
  text: "40 tasks a core, all made by core 0: it allocates 60, 32 and 16 bytes, who takes it 64, works 3,000 cycles, and frees the four (Michael: 1,000,000 items, work 500 to 1,000)",
  unit: "task",
  prepare(stage) {
    const tasks = share(stage, TASKS) * stage.heaps.length;
    const queue = new TaskQueue(stage.heaps[0]);
    const open = { left: tasks };
    return { programs: stage.heaps.map((heap, core) => (core === 0 ? produce(stage, heap, queue, open, tasks) : consume(stage, heap, core, queue, open))), units: tasks };
  },
};

/** A list of nodes that begins with one that has been taken already. */
class TaskQueue {
  length = 0;
  private readonly head: number;
  private readonly tail: number;

  constructor(heap: Heap) {
    [this.head, this.tail] = [0, 0].map(() => heap.alignedAlloc(64, 64) >>> 2);
    const first = heap.malloc(NODE_BYTES);
    heap.memory.store((first >>> 2) + NODE.next, 0);
    heap.memory.store(this.head, first);
    heap.memory.store(this.tail, first);
  }

  put({ memory }: Heap, node: number): void {
    memory.i32[(node >>> 2) + NODE.next] = 0;
    const last = memory.exchange(this.tail, node);
    memory.store((last >>> 2) + NODE.next, node);
    this.length++;
  }

  /** @returns a task and the node that has become free, or undefined */
  take({ memory }: Heap): { task: number; node: number } | undefined {
    const node = memory.load(this.head);
    const next = memory.load((node >>> 2) + NODE.next);
    if (next === 0) return undefined;
    const task = memory.i32[(next >>> 2) + NODE.task];
    // Success makes the next node the first that has been taken. It cannot fail, since nobody runs beside.
    memory.cas(this.head, node, next);
    this.length--;
    return { task, node };
  }
}

function* produce(stage: Stage, heap: Heap, queue: TaskQueue, open: { left: number }, tasks: number): Program {
  const { i32 } = heap.memory;
  for (let made = 0; made < tasks; made++) {
    const indices = heap.malloc(INDICES_BYTES);
    for (let at = 0; at < INDICES_BYTES; at += 4) i32[(indices + at) >>> 2] = made;
    yield;
    const task = heap.malloc(TASK_BYTES);
    i32[task >>> 2] = indices;
    yield;
    const node = heap.malloc(NODE_BYTES);
    i32[(node >>> 2) + NODE.task] = task;
    yield;
    queue.put(heap, node);
    yield;
    if (queue.length > LIMIT) yield* process(stage, heap, 0, queue, open);
  }
  yield* consume(stage, heap, 0, queue, open);
}

function* consume(stage: Stage, heap: Heap, core: number, queue: TaskQueue, open: { left: number }): Program {
  while (open.left > 0) yield* process(stage, heap, core, queue, open);
}

function* process({ machine }: Stage, heap: Heap, core: number, queue: TaskQueue, open: { left: number }): Program {
  const taken = queue.take(heap);
  yield;
  if (taken === undefined) {
    machine.compute(core, PAUSE);
    yield;
    return;
  }
  open.left--;
  const { i32 } = heap.memory;
  const histogram = heap.malloc(HISTOGRAM_BYTES);
  yield;
  const indices = i32[taken.task >>> 2];
  for (let at = 0; at < INDICES_BYTES; at += 4) i32[(histogram + at) >>> 2] += i32[(indices + at) >>> 2];
  yield;
  machine.compute(core, WORK);
  yield;
  for (const block of [histogram, indices, taken.task, taken.node]) {
    heap.free(block);
    yield;
  }
}
