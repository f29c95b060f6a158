/**
 * Adds its share of keys to the table that the main thread has made. The first half of them the
 * worker before it adds too, and the second half the one after it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { heapwright } from "heapwright";
import { meet } from "../meet.js";
import { keyOf, valueOf, type Job } from "./job.js";
import { StringTable } from "./string-table.js";

const job = workerData as Job;
const heap = heapwright.attach(job.heap); // the same heap: an address means the same in all threads
const table = new StringTable(heap, job.table);

meet(heap.memory, job.gate, job.crew); // so that they get in each other's way as much as they can
let added = 0;
const half = (job.to - job.from) / 2;
for (let i = 0; i < half; i++) {
  // a key of each half in turn, so that both workers that have a key come to it at about the same time
  for (const number of [job.from + i, job.from + half + i]) {
    if (table.add(keyOf(number), valueOf(number, job.name))) added += 1;
  }
}

heap[Symbol.dispose](); // leave before saying so: then nobody is inside the heap when all have answered
parentPort?.postMessage(added);
