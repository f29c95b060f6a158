/**
 * Answers its share of requests.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Job } from "./job.js";
import { answer, checkedHeapwright } from "./server.js";

const { heap: handle, requests, habit } = workerData as Job;
const heap = checkedHeapwright.attach(handle);
let answered = 0;
for (let request = 0; request < requests; request++) {
  if (answer(heap, request, habit)) answered += 1;
}
heap[Symbol.dispose]();
parentPort?.postMessage(answered);
