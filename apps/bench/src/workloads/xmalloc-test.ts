/**
 * Pairs of threads: one only allocates, in batches, the other only frees. All memory has to find its way back from the
 * releaser to the allocator. A thread without a partner does both in turn.
 */
import type { Arena } from "./arena.js";
import { readFirst, writeLines } from "./touch.js";
import { Ring } from "./ring.js";
import { Part, type Parameters, type Stage, type Workload } from "./workload.js";

const QUEUE = 128;

class XmallocTest extends Part {
  readonly #stage: Stage;
  readonly #heap: Arena;
  readonly #queue: Ring;
  /** Room for two batches more than can be queued: one that is being filled, and one that is being freed. */
  readonly #batches: Int32Array;

  constructor(stage: Stage) {
    super();
    const { heap, thread, shared, parameters } = stage;
    this.#stage = stage;
    this.#heap = heap;
    const share = shareWords(parameters);
    const own = shared.subarray((thread >>> 1) * share, ((thread >>> 1) + 1) * share);
    this.#queue = new Ring(own.subarray(0, Ring.wordsOf(QUEUE)));
    this.#batches = own.subarray(Ring.wordsOf(QUEUE));
  }

  round(round: number): number {
    const { thread, threads, parameters: { batches, objects } } = this.#stage;
    const partner = thread % 2 === 1 || thread + 1 < threads;
    const [fills, empties] = partner ? [thread % 2 === 0, thread % 2 === 1] : [true, true];
    this.calls = batches * objects * (partner ? 1 : 2);
    let sum = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      if (fills) this.#fill(batch, round);
      if (empties) sum = (sum + this.#empty()) | 0;
    }
    return sum;
  }

  #fill(batch: number, round: number): void {
    const { idle, parameters: { objects, bytes, limit } } = this.#stage;
    while (this.#queue.length >= limit) this.#queue.waitForLess(idle);
    const heap = this.#heap;
    const { memory } = heap;
    const batches = this.#batches;
    const place = batch % (limit + 2);
    for (let i = 0; i < objects; i += 1) {
      const block = heap.malloc(bytes);
      writeLines(memory, block, bytes, i + round);
      batches[place * objects + i] = block;
    }
    this.#queue.put(place + 1);
  }

  #empty(): number {
    const { idle, parameters: { objects } } = this.#stage;
    let place = this.#queue.take();
    for (; place === 0; place = this.#queue.take()) this.#queue.waitForMore(idle);
    const heap = this.#heap;
    const { memory } = heap;
    const batches = this.#batches;
    let sum = 0;
    for (let i = (place - 1) * objects; i < place * objects; i += 1) {
      const block = batches[i] >>> 0;
      sum = (sum + readFirst(memory, block)) | 0;
      heap.free(block);
    }
    return sum;
  }
}

function shareWords({ objects, limit }: Parameters): number {
  return Ring.wordsOf(QUEUE) + (limit + 2) * objects;
}

export const xmallocTest: Workload = {
  name: "xmalloc-test",
  source: "Lever and Boreham, USENIX 2000, as in mimalloc-bench (xmalloc-test -s 64): batches of 4,096 objects of 64 bytes, at most 100 queued; there in one queue for all, here in one for each pair of threads",
  touches: "first word of the one cache line; the original writes all 64 bytes",
  parameters: { batches: 60, objects: 4096, bytes: 64, limit: 100 },
  quick: { batches: 20 },
  tiny: { batches: 5, objects: 64, limit: 3 },
  sharedWords: (parameters, threads) => ((threads + 1) >>> 1) * shareWords(parameters),
  part: (stage) => new XmallocTest(stage),
};
