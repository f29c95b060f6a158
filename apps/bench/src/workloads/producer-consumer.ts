/**
 * One thread makes tasks of three blocks each and queues them; the others take them, make a histogram of what the task
 * names in a database, work a while and free all four blocks. When too many wait, the producer helps. All blocks of a task
 * are freed by another thread than made them.
 */
import type { Arena } from "./arena.js";
import { below, next, seedOf } from "./random.js";
import { Ring } from "./ring.js";
import { cover } from "./touch.js";
import { Part, type Stage, type Workload } from "./workload.js";

const QUEUE = 1024;
const LINE = 32;
const TASK_BYTES = 32;
const NODE_BYTES = 16;
const BINS = 16;
const LEAST_INDICES = 10;

class ProducerConsumer extends Part {
  readonly #stage: Stage;
  readonly #heap: Arena;
  /** In its first word: the round that is fully queued, counted from 1. */
  readonly #done: Int32Array;
  readonly #queue: Ring;
  readonly #database: Int32Array;
  readonly #work: number;

  constructor(stage: Stage) {
    super();
    const { heap, shared, parameters: { items, work } } = stage;
    this.#stage = stage;
    this.#heap = heap;
    const queueEnd = LINE + Ring.wordsOf(QUEUE);
    this.#done = shared.subarray(0, LINE);
    this.#queue = new Ring(shared.subarray(LINE, queueEnd));
    this.#database = shared.subarray(queueEnd, queueEnd + items);
    this.#work = work;
    if (stage.thread === 0) this.#database.forEach((_, i) => (this.#database[i] = Math.imul(i, 0x9e3779b9)));
  }

  round(round: number): number {
    this.calls = 0;
    return this.#stage.thread === 0 ? this.#produce(round) : this.#consume(round);
  }

  #produce(round: number): number {
    const { tasks, limit } = this.#stage.parameters;
    const queue = this.#queue;
    let x = seedOf(0, round);
    let sum = 0;
    for (let task = 0; task < tasks; task += 1) {
      x = next(x);
      queue.put(this.#makeTask(x));
      const helped = queue.length > limit ? queue.take() : 0;
      if (helped !== 0) sum = (sum + this.#process(helped)) | 0;
    }
    Atomics.store(this.#done, 0, round + 1);
    return (sum + this.#consume(round)) | 0;
  }

  /** Processes tasks until all of the round have been taken. */
  #consume(round: number): number {
    let sum = 0;
    for (;;) {
      const ended = Atomics.load(this.#done, 0) === round + 1; // before looking into the queue, so that nothing is missed
      const node = this.#queue.take();
      if (node !== 0) sum = (sum + this.#process(node)) | 0;
      else if (ended) return sum;
      else this.#queue.waitForMore(this.#stage.idle);
    }
  }

  /** @returns the node of the queue */
  #makeTask(x: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    const count = LEAST_INDICES + below(LEAST_INDICES + 1, x);
    const indices = heap.malloc(count * 4);
    cover(memory, indices, count * 4);
    const items = this.#database.length;
    for (let i = 0, y = x; i < count; i += 1) {
      y = next(y);
      memory.i32[(indices >>> 2) + i] = (y >>> 0) % items;
    }
    const task = heap.malloc(TASK_BYTES);
    cover(memory, task, TASK_BYTES);
    memory.i32[task >>> 2] = indices;
    memory.i32[(task >>> 2) + 2] = count;
    memory.i32[(task >>> 2) + 3] = x;
    const node = heap.malloc(NODE_BYTES);
    cover(memory, node, NODE_BYTES);
    memory.i32[node >>> 2] = task;
    this.calls += 3;
    return node;
  }

  #process(node: number): number {
    const heap = this.#heap;
    const { memory } = heap;
    cover(memory, node, NODE_BYTES);
    const task = memory.i32[node >>> 2] >>> 0;
    cover(memory, task, TASK_BYTES);
    const indices = memory.i32[task >>> 2] >>> 0;
    const count = memory.i32[(task >>> 2) + 2];
    let x = memory.i32[(task >>> 2) + 3];
    cover(memory, indices, count * 4);
    const histogram = heap.malloc(BINS * 4);
    cover(memory, histogram, BINS * 4);
    const { i32 } = memory;
    for (let bin = 0; bin < BINS; bin += 1) i32[(histogram >>> 2) + bin] = 0;
    for (let i = 0; i < count; i += 1) i32[(histogram >>> 2) + (this.#database[i32[(indices >>> 2) + i]] >>> 28)] += 1;
    for (let i = 0; i < this.#work; i += 1) x = next(x);
    for (let bin = 0; bin < BINS; bin += 1) x = (x + Math.imul(i32[(histogram >>> 2) + bin], bin + 1)) | 0;
    heap.free(histogram);
    heap.free(indices);
    heap.free(task);
    heap.free(node);
    this.calls += 5;
    return x;
  }
}

export const producerConsumer: Workload = {
  name: "producer-consumer",
  source: "Michael, PLDI 2004: a database of 1,000,000 items; a task is an index block of 40 to 80 bytes, 32 bytes, and a node of 16; a consumer makes 1 block and frees 4; work 500 (also 750 and 1,000); the producer helps when more than 1,000 are queued. The queue itself is a ring outside of the heap that holds the nodes",
  touches: "all that is used of each block",
  parameters: { tasks: 20_000, items: 1_000_000, work: 500, limit: 1000 },
  quick: { tasks: 5_000 },
  tiny: { tasks: 1_500, items: 1_000, work: 5 },
  sharedWords: ({ items }) => LINE + Ring.wordsOf(QUEUE) + items,
  part: (stage) => new ProducerConsumer(stage),
};
