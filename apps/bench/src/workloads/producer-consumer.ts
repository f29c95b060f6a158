/**
 * One thread makes tasks of three blocks each and queues them; the others take them, make a histogram of what the task
 * names in a database, work a while and free all four blocks. When too many wait, the producer helps. All blocks of a task
 * are freed by another thread than made them.
 */
import { below, next, seedOf } from "./random.js";
import { ringOver, ringWords } from "./ring.js";
import { touchesOf } from "./touch.js";
import type { Part, Stage, Workload } from "./workload.js";

const QUEUE = 1024;
const LINE = 32;

/** A const enum for the reason that `Touch` is one. */
const enum Size {
  task = 32,
  node = 16,
  leastIndices = 10,
  bins = 16,
}

function partOf({ heap, thread, shared, idle, parameters: { tasks, items, work, limit } }: Stage): Part {
  const { memory } = heap;
  const { cover } = touchesOf(memory);
  const queueEnd = LINE + ringWords(QUEUE);
  const queue = ringOver(shared.subarray(LINE, queueEnd), idle);
  const database = shared.subarray(queueEnd, queueEnd + items);
  if (thread === 0) for (let i = 0; i < items; i += 1) database[i] = Math.imul(i, 0x9e3779b9);

  /** @returns the node of the queue */
  const makeTask = (x: number): number => {
    const count = Size.leastIndices + below(Size.leastIndices + 1, x);
    const indices = heap.malloc(count * 4);
    cover(indices, count * 4);
    for (let i = 0, y = x; i < count; i += 1) {
      y = next(y);
      memory.i32[(indices >>> 2) + i] = (y >>> 0) % items;
    }
    const task = heap.malloc(Size.task);
    cover(task, Size.task);
    memory.i32[task >>> 2] = indices;
    memory.i32[(task >>> 2) + 2] = count;
    memory.i32[(task >>> 2) + 3] = x;
    const node = heap.malloc(Size.node);
    cover(node, Size.node);
    memory.i32[node >>> 2] = task;
    return node;
  };

  const process = (node: number): number => {
    cover(node, Size.node);
    const task = memory.i32[node >>> 2] >>> 0;
    cover(task, Size.task);
    const indices = memory.i32[task >>> 2] >>> 0;
    const count = memory.i32[(task >>> 2) + 2];
    let x = memory.i32[(task >>> 2) + 3];
    cover(indices, count * 4);
    const histogram = heap.malloc(Size.bins * 4);
    cover(histogram, Size.bins * 4);
    const { i32 } = memory;
    for (let bin = 0; bin < Size.bins; bin += 1) i32[(histogram >>> 2) + bin] = 0;
    for (let i = 0; i < count; i += 1) i32[(histogram >>> 2) + (database[i32[(indices >>> 2) + i]] >>> 28)] += 1;
    for (let i = 0; i < work; i += 1) x = next(x);
    for (let bin = 0; bin < Size.bins; bin += 1) x = (x + Math.imul(i32[(histogram >>> 2) + bin], bin + 1)) | 0;
    heap.free(histogram);
    heap.free(indices);
    heap.free(task);
    heap.free(node);
    return x;
  };

  return {
    round: (round) => {
      let sum = 0;
      let calls = 0;
      if (thread === 0) {
        let x = seedOf(0, round);
        for (let task = 0; task < tasks; task += 1) {
          x = next(x);
          queue.put(makeTask(x));
          const helped = queue.length() > limit ? queue.take() : 0;
          if (helped !== 0) {
            sum = (sum + process(helped)) | 0;
            calls += 5;
          }
        }
        calls += 3 * tasks;
        // the first word is the round that is fully queued, counted from 1
        Atomics.store(shared, 0, round + 1);
      }
      for (;;) {
        const ended = Atomics.load(shared, 0) === round + 1; // before looking into the queue, so that nothing is missed
        const node = queue.take();
        if (node !== 0) {
          sum = (sum + process(node)) | 0;
          calls += 5;
        } else if (ended) return { sum, calls };
        else queue.waitForMore();
      }
    },
  };
}

export const producerConsumer: Workload = {
  name: "producer-consumer",
  source: "Michael, PLDI 2004: a database of 1,000,000 items; a task is an index block of 40 to 80 bytes, 32 bytes, and a node of 16; a consumer makes 1 block and frees 4; work 500 (also 750 and 1,000); the producer helps when more than 1,000 are queued. The queue itself is a ring outside of the heap that holds the nodes",
  touches: "all that is used of each block",
  followsAddresses: true,
  parameters: { tasks: 20_000, items: 1_000_000, work: 500, limit: 1000 },
  quick: { tasks: 5_000 },
  tiny: { tasks: 1_500, items: 1_000, work: 5 },
  sharedWords: ({ items }) => LINE + ringWords(QUEUE) + items,
  part: partOf,
};
