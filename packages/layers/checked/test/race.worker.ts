/** Frees every block it is told of at the same moment as another thread does. */
import { parentPort, workerData } from "node:worker_threads";
import { MisuseError } from "../src/index.js";
import { racedHeap, type RaceJob } from "./raced-heap.js";

const { handle, blocks, gate, outcomes, contestant } = workerData as RaceJob;
const heap = racedHeap.attach(handle);
const turns = new Int32Array(gate);
const won = new Int32Array(outcomes);

for (const [turn, address] of blocks.entries()) {
  // both arrive, then both go
  Atomics.add(turns, turn, 1);
  while (Atomics.load(turns, turn) < 2);
  try {
    heap.free(address);
    Atomics.add(won, turn, 1 << (8 * contestant));
  } catch (error) {
    // nothing is known of the block while the other, stopped in the middle, has half written it down
    if (!(error instanceof MisuseError) || error.kind !== "double free" || (error.block?.size ?? 40) !== 40) throw error;
    Atomics.add(won, turn, 2 << (8 * contestant));
  }
}
heap[Symbol.dispose]();
parentPort?.postMessage("done");
