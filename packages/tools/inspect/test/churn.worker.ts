// Allocates and frees for as long as it is let, blocks of all sizes, some for others to free; or looks at the heap meanwhile.
import { parentPort, workerData } from "node:worker_threads";
import type { Heap } from "@heapwright/core";
import { inspect } from "../src/index.js";
import { presetNamed } from "./presets.js";
import { proveBounded } from "./prove-bounded.js";
import { LOOKS, STOP, WORK, type Task } from "./task.js";

const { handle, role, seed, control } = workerData as Task;
const heap = presetNamed(handle.preset).attach(handle);
const board = new Int32Array(control);
parentPort?.postMessage(heap.threadId);
if (role === "looks") look(heap);
else churn(heap);
heap[Symbol.dispose]();

function churn(heap: Heap): void {
  const held: number[] = [];
  let dice = seed;
  while (Atomics.load(board, STOP) === 0) {
    dice = (Math.imul(dice, 1103515245) + 12345) >>> 0;
    const size = dice % 13 === 0 ? (dice >>> 8) % 300_000 : (dice >>> 8) % 700;
    const address = (dice >>> 4) % 3 === 0 || held.length > 400 ? 0 : heap.malloc(size);
    if (address !== 0) {
      heap.memory.reach(address + size);
      // what users write must not be mistaken for bookkeeping
      heap.memory.u8.fill(dice, address, address + size);
      held.push(address);
    } else if (held.length > 0) {
      heap.free(held.splice((dice >>> 8) % held.length, 1)[0]);
    }
    Atomics.add(board, WORK, 1);
  }
  for (const address of held) heap.free(address);
}

function look(heap: Heap): void {
  while (Atomics.load(board, STOP) === 0) {
    proveBounded(inspect(heap));
    Atomics.add(board, LOOKS, 1);
  }
}
