/**
 * A thread that takes batches of blocks, stamps them, and swaps them for those of other threads in shared slots; what it
 * gets it checks and gives back, again in batches. So a batch given mixes superblocks, classes and makers.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { MemoryHandle } from "@heapwright/core";
import { attachSlabs } from "./anchored-fixture.js";
import { isStamped, stamp } from "./owned-stamps.js";

export interface AnchoredWork {
  readonly handle: MemoryHandle;
  readonly heaps: number;
  readonly slots: SharedArrayBuffer;
  /** Rounds done so far, one word per worker; this one's. */
  readonly rounds: Int32Array;
  readonly row: number;
  /** Rounds to do; 0 for as many as it is given time for. */
  readonly limit: number;
}

const MOST = 100;

const { handle, heaps, slots: shared, rounds, row, limit } = workerData as AnchoredWork;
const { heap, slabs, memory } = attachSlabs(handle, { heaps, deaths: "possible" });
const slots = new Int32Array(shared);
let state = row * 7919 + 1;

function roll(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

/** @returns what is wrong, or nothing */
function round(list: number): string {
  const blocks = slabs.blocksOf(roll(10) === 0 ? roll(slabs.count) : roll(12));
  const taken = blocks.take(list, 1 + roll(MOST));
  let got = 0;
  for (let i = 0; i < taken; i++) {
    const p = memory.i32[(list >>> 2) + i] >>> 0;
    stamp(heap, p);
    const other = Atomics.exchange(slots, roll(slots.length), p) >>> 0;
    if (other === 0) continue;
    if (!isStamped(heap, other)) return `block ${other} does not hold what was written`;
    memory.i32[(list >>> 2) + got++] = other;
  }
  blocks.give(list, got);
  return "";
}

const list = slabs.allocate(MOST * 4);
let failure = "";
parentPort!.postMessage({ threadId: heap.threadId });
for (let i = 0; (limit === 0 || i < limit) && failure === ""; i++) {
  failure = round(list);
  Atomics.add(rounds, row, 1);
}
slabs.free(list);
heap[Symbol.dispose]();
parentPort!.postMessage({ failure });
