/**
 * How much memory is mapped for programs that allocators have been known to answer with more and more of it (Hoard's
 * paper, section 3.3): producers whose blocks others free, threads that take turns at that, and phases with a size each.
 */
import type { Heap } from "@heapwright/core";
import type { System, Workload } from "./system.js";

export interface Mapped {
  readonly workload: Workload;
  /** Most bytes mapped, less what was when the heap was empty. */
  readonly bytes: number;
}

const MAXIMUM_BYTES = 2 ** 26;
const ROUNDS = 60;
const PHASE_BYTES = 2 ** 19;
const THREADS = 4;

/** One thread allocates, another one frees, again and again. */
export function producerAndConsumer(system: System): Mapped {
  const [producer, consumer] = threads(system, 2);
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES / 4 / bytes);
  return mapped(producer, new Map([[bytes, count]]), 2, () => {
    for (let round = 0; round < ROUNDS; round++) freeAll(consumer, allocate(producer, count, bytes));
  });
}

/** Each thread in turn allocates, and the one after it frees: a heap that keeps memory for its thread keeps it for each. */
export function takingTurns(system: System): Mapped {
  const all = threads(system, THREADS);
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES / bytes);
  return mapped(all[0], new Map([[bytes, count]]), THREADS, () => {
    for (let round = 0; round < 3 * THREADS; round++) {
      freeAll(all[(round + 1) % THREADS], allocate(all[round % THREADS], count, bytes));
    }
  });
}

/** As many bytes of one size after the other: a heap that keeps memory for a size keeps it for each. */
export function phases(system: System): Mapped {
  const [heap] = threads(system, 1);
  const countOf = (bytes: number): number => Math.ceil(PHASE_BYTES / bytes);
  return mapped(heap, new Map(system.sizes.map((bytes) => [bytes, countOf(bytes)])), 1, () => {
    for (const bytes of system.sizes) freeAll(heap, allocate(heap, countOf(bytes), bytes));
  });
}

/** Whether each phase added about what it needed, or the next one used what the last had left. */
export function observeAcrossSizes(system: System): "shared" | "kept" {
  const { bytes, workload } = phases(system);
  return bytes > 0.8 * workload.peaks.size * PHASE_BYTES ? "kept" : "shared";
}

function mapped(heap: Heap, peaks: ReadonlyMap<number, number>, threads: number, run: () => void): Mapped {
  const before = heap.stats().mappedBytes;
  run();
  const liveBytes = Math.max(...[...peaks].map(([bytes, count]) => bytes * count));
  return { workload: { peaks, liveBytes, threads }, bytes: heap.stats().peakMappedBytes - before };
}

function threads(system: System, count: number): Heap[] {
  const first = system.create(MAXIMUM_BYTES);
  return [first, ...Array.from({ length: count - 1 }, () => system.preset.attach(first.handle))];
}

function allocate(heap: Heap, count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => {
    const block = heap.malloc(bytes);
    if (block === 0) throw new Error(`there are no more ${bytes} bytes`);
    return block;
  });
}

function freeAll(heap: Heap, blocks: readonly number[]): void {
  for (const block of blocks) heap.free(block);
}
