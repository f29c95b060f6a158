/**
 * Allocates blocks of many sizes and swaps each for one that the other worker may have left; frees what it gets.
 */
import { parentPort, workerData } from "node:worker_threads";
import { allocate } from "../allocate.js";
import { meet } from "../meet.js";
import type { Job } from "./job.js";
import { quickLists } from "./quick-lists.js";

const ROUNDS = 100_000;

const { heap: handle, swap, places, gate, seed } = workerData as Job;
const heap = quickLists.attach(handle);
const { memory } = heap;

let state = seed;
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};

meet(memory, gate, 2);
let foreign = 0;
for (let round = 0; round < ROUNDS; round++) {
  const block = allocate(heap, 4 + random(round % 50 === 0 ? 20_000 : 300));
  memory.u32[block >>> 2] = heap.threadId;
  // Whoever exchanges a word owns the block that he gets, and all that was written to it before.
  const other = memory.exchange((swap >>> 2) + random(places), block) >>> 0;
  if (other === 0) continue;
  memory.reach(other);
  if (memory.u32[other >>> 2] !== heap.threadId) foreign += 1;
  heap.free(other);
}

heap[Symbol.dispose](); // gives back what this thread's cache keeps
parentPort?.postMessage(foreign);
