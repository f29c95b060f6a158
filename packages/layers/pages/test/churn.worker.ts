/**
 * Acquires and releases spans and large objects of all sizes, stamps them, and swaps them with other threads through a
 * mailbox, so that most are freed by another thread than made them.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PAGE_BYTES, pageNote, type MemoryHandle } from "@heapwright/core";
import { join } from "./churn-heap.js";

export interface ChurnTask {
  readonly handle: MemoryHandle;
  /** One object per word, 0 for none; outside the heap. */
  readonly mailbox: Int32Array;
  readonly seed: number;
  readonly rounds: number;
}

const { handle, mailbox, seed, rounds } = workerData as ChurnTask;
const { memory, root, layers: { pages, large, spanOwner } } = join(handle);

let state = seed;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % below;
}

function stamp(address: number, bytes: number): void {
  memory.reach(address + bytes - 1);
  for (let at = 0; at < bytes; at += 4096) memory.i32[(address + at) >>> 2] = address + at;
}

function prove(address: number, bytes: number): void {
  memory.reach(address + bytes - 1);
  for (let at = 0; at < bytes; at += 4096) {
    const found = memory.i32[(address + at) >>> 2];
    if (found !== ((address + at) | 0)) throw new Error(`at ${address} + ${at}: found ${found} where its stamp should be`);
  }
}

function freeObject(address: number): void {
  prove(address, large.usableSize(address));
  large.free(address);
}

function churnObject(): void {
  const bytes = random(4) === 0 ? random(40 * PAGE_BYTES) : random(PAGE_BYTES);
  const address = random(8) === 0 ? large.allocateAligned(2 ** (4 + random(15)), bytes) : large.allocate(bytes);
  if (address !== 0) {
    if (large.isZero(address, bytes) && memory.reach(address + bytes - 1) && bytes > 3 && memory.i32[address >>> 2] !== 0) {
      throw new Error(`the object at ${address} is said to be zero, and is not`);
    }
    stamp(address, large.usableSize(address));
    if (random(4) === 0 && large.resize(address, random(8 * PAGE_BYTES))) stamp(address, large.usableSize(address));
  }
  const other = Atomics.exchange(mailbox, random(mailbox.length), address) >>> 0;
  if (other !== 0) freeObject(other);
}

function churnSpan(): void {
  const bytes = 1 + random(random(6) === 0 ? 200 * PAGE_BYTES : 3 * PAGE_BYTES);
  const address = pages.acquire(bytes, PAGE_BYTES * 2 ** random(4));
  if (address === 0) return;
  const end = address + Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  for (let at = address; at < end; at += PAGE_BYTES) pages.map.setNote(at, pageNote(spanOwner, 1));
  stamp(address, end - address);
  for (let i = random(3); i > 0; i--) churnObject();
  prove(address, end - address);
  pages.release(address, bytes);
}

parentPort?.postMessage(root.threads.id);
for (let round = 0; round < rounds; round++) {
  if (random(3) === 0) churnSpan();
  else churnObject();
}
root.threads.leave();
