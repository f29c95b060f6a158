/**
 * A thread that allocates, stamps, and swaps its blocks for those of other threads in shared slots; it checks and frees
 * what it gets. So nearly every block is freed by another thread than made it.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { MemoryHandle } from "@heapwright/core";
import { joinOwned, type OwnedOptions } from "./owned-fixture.js";
import { isStamped, stamp } from "./owned-stamps.js";

export interface OwnedWork {
  readonly handle: MemoryHandle;
  readonly options: OwnedOptions;
  readonly slots: SharedArrayBuffer;
  readonly seed: number;
  /** Swaps to do. */
  readonly swaps: number;
  /** Blocks to take and give back in one batch now and then, which keeps a lock for a while; 0 for none. */
  readonly batch: number;
}

const { handle, options, slots: shared, seed, swaps, batch } = workerData as OwnedWork;
const { heap, slabs } = joinOwned(handle, options);
const slots = new Int32Array(shared);
let state = seed;

function roll(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

function batches(): void {
  const list = heap.malloc(batch * 4);
  if (list === 0) return;
  const blocks = slabs.blocksOf(roll(10));
  blocks.give(list, blocks.take(list, batch));
  heap.free(list);
}

parentPort!.postMessage({ threadId: heap.threadId });
let failure = "";
for (let i = 0; i < swaps && failure === ""; i++) {
  if (batch !== 0) batches();
  const bytes = roll(10) === 0 ? roll(4000) : roll(300);
  const p = roll(8) === 0 ? heap.alignedAlloc(16 << roll(5), Math.min(bytes, 1500)) : heap.malloc(bytes);
  if (p !== 0) stamp(heap, p);
  const got = Atomics.exchange(slots, roll(slots.length), p) >>> 0;
  if (got === 0) continue;
  if (!isStamped(heap, got)) failure = `block ${got} does not hold what was written`;
  else heap.free(got);
}
heap[Symbol.dispose]();
parentPort!.postMessage({ failure });
