/** Frees every address of a list, as does another worker at the same time; says how many were its own. */
import { parentPort, workerData } from "node:worker_threads";
import { InvalidAddressError, type HeapHandle } from "@heapwright/core";
import { rtosHeap } from "../src/index.js";

const { handle, addresses, gate } = workerData as { handle: HeapHandle; addresses: number[]; gate: Int32Array };
const heap = rtosHeap.attach(handle);
Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < 2);
let freed = 0;
for (const address of addresses) {
  try {
    heap.free(address);
    freed++;
  } catch (error) {
    if (!(error instanceof InvalidAddressError)) throw error;
  }
}
heap[Symbol.dispose]();
parentPort?.postMessage(freed);
