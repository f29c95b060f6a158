// Takes and frees blocks of the original's pools at random, stamping each, so that who finds another stamp has met somebody
// else in its block. Ends with nothing in its hands.
import { workerData } from "node:worker_threads";
import type { HeapHandle } from "@heapwright/core";
import { slistPools } from "../src/index.js";

export interface PoolsWork {
  readonly handle: HeapHandle;
  readonly seed: number;
  readonly operations: number;
}

const { handle, seed, operations } = workerData as PoolsWork;
const heap = slistPools.attach(handle);
const held: { p: number; words: number; stamp: number }[] = [];
let state = seed;

function random(below: number): number {
  state = (Math.imul(state, 0x915f77f5) + 1) >>> 0;
  return (state >>> 8) % below;
}

function give(index: number): void {
  const [{ p, words, stamp }] = held.splice(index, 1);
  const { i32 } = heap.memory;
  for (let w = 0; w < words; w++) {
    if (i32[(p >>> 2) + w] !== stamp) throw new Error(`the block at ${p} was written to by ${i32[(p >>> 2) + w]}, not ${stamp}`);
  }
  heap.free(p);
}

for (let i = 0; i < operations; i++) {
  const p = held.length < 12 && random(2) === 0 ? heap.malloc(1 + random(64)) : 0;
  if (p !== 0) {
    const words = heap.usableSize(p) >>> 2;
    heap.memory.i32.fill(seed + i, p >>> 2, (p >>> 2) + words);
    held.push({ p, words, stamp: seed + i });
  } else if (held.length > 0) {
    give(random(held.length));
  }
}
while (held.length > 0) give(0);
heap[Symbol.dispose]();
