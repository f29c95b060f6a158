/**
 * Worker entry of the threads tests: plays its part on a {@link SimpleHeap} or on one that fails in a certain way.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { HeapHandle } from "@heapwright/core";
import { playJob, type ReplayJob } from "../src/index.js";
import { SimpleHeap } from "./simple-heap.js";

export interface TestJob extends ReplayJob {
  /** What thread 1 does wrong. */
  readonly fault: "none" | "throws" | "hangs" | "dies" | "scribbles";
}

class FaultyHeap extends SimpleHeap {
  #frees = 0;

  override free(address: number): void {
    this.#frees += 1;
    if (this.#frees === 50) this.fault();
    super.free(address);
  }

  private fault(): void {
    if (job.fault === "throws") throw new Error("a lock was lost");
    if (job.fault === "dies") process.exit(3);
    while (job.fault === "hangs");
    // The first word of every block of 64 bytes and more: the stamps of all threads
    this.walk(({ address, bytes }) => bytes >= 64 && this.memory.store(address >>> 2, 0));
  }
}

const job = workerData as TestJob;
const Type = job.thread === 1 && job.fault !== "none" ? FaultyHeap : SimpleHeap;
parentPort?.postMessage(playJob(job, { attach: (handle: HeapHandle) => new Type(handle) }));
