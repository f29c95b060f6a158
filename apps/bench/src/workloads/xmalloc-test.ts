/**
 * Pairs of threads: one only allocates, in batches, the other only frees. All memory has to find its way back from the
 * releaser to the allocator. A thread without a partner does both in turn.
 */
import { touchesOf } from "./touch.js";
import { ringOver, ringWords } from "./ring.js";
import type { Parameters, Part, Stage, Workload } from "./workload.js";

const QUEUE = 128;

function partOf({ heap, thread, threads, shared, idle, parameters }: Stage): Part {
  const { memory } = heap;
  const { readFirst, writeLines } = touchesOf(memory);
  const { batches, objects, bytes, limit } = parameters;
  const share = shareWords(parameters);
  const own = shared.subarray((thread >>> 1) * share, ((thread >>> 1) + 1) * share);
  const queue = ringOver(own.subarray(0, ringWords(QUEUE)), idle);
  /** Room for two batches more than can be queued: one that is being filled, and one that is being freed. */
  const blocks = own.subarray(ringWords(QUEUE));
  const partner = thread % 2 === 1 || thread + 1 < threads;
  const [fills, empties] = partner ? [thread % 2 === 0, thread % 2 === 1] : [true, true];

  const fill = (batch: number, round: number): void => {
    while (queue.length() >= limit) queue.waitForLess();
    const place = batch % (limit + 2);
    for (let i = 0; i < objects; i += 1) {
      const block = heap.malloc(bytes);
      writeLines(block, bytes, i + round);
      blocks[place * objects + i] = block;
    }
    queue.put(place + 1);
  };

  const empty = (): number => {
    let place = queue.take();
    for (; place === 0; place = queue.take()) queue.waitForMore();
    let sum = 0;
    for (let i = (place - 1) * objects; i < place * objects; i += 1) {
      const block = blocks[i] >>> 0;
      sum = (sum + readFirst(block)) | 0;
      heap.free(block);
    }
    return sum;
  };

  return {
    round: (round) => {
      let sum = 0;
      for (let batch = 0; batch < batches; batch += 1) {
        if (fills) fill(batch, round);
        if (empties) sum = (sum + empty()) | 0;
      }
      return { sum, calls: batches * objects * (partner ? 1 : 2) };
    },
  };
}

function shareWords({ objects, limit }: Parameters): number {
  return ringWords(QUEUE) + (limit + 2) * objects;
}

export const xmallocTest: Workload = {
  name: "xmalloc-test",
  source: "Lever and Boreham, USENIX 2000, as in mimalloc-bench (xmalloc-test -s 64): batches of 4,096 objects of 64 bytes, at most 100 queued; there in one queue for all, here in one for each pair of threads",
  touches: "first word of the one cache line; the original writes all 64 bytes",
  parameters: { batches: 60, objects: 4096, bytes: 64, limit: 100 },
  quick: { batches: 20 },
  tiny: { batches: 5, objects: 64, limit: 3 },
  sharedWords: (parameters, threads) => ((threads + 1) >>> 1) * shareWords(parameters),
  part: partOf,
};
