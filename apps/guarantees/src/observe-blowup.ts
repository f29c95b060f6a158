/**
 * How much memory is mapped for programs that allocators have been known to answer with more and more of it (Hoard's
 * paper, section 3.3): producers whose blocks others free, threads that take turns at that, and phases with a size each.
 */
import type { Heap } from "@heapwright/core";
import type { System, Workload } from "./system.js";

export interface Footprint {
  readonly workload: Workload;
  /**
   * What the workload took: the most bytes that were mapped, less those when the heap was empty. Of an arena of a fixed
   * size, which is mapped from the start: the largest that did not suffice, to a tenth.
   */
  readonly bytes: number;
}

const MAXIMUM_BYTES = 2 ** 26;
const ROUNDS = 60;
/** Live at a time. Many chunks and superblocks of the growing heaps; less for arenas, some of which search long lists. */
const PHASE_BYTES = { growing: 2 ** 19, fixed: 2 ** 16 };
const THREADS = 4;

/** One thread allocates, another one frees, again and again. */
export function producerAndConsumer(system: System): Footprint {
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES[system.arena] / 4 / bytes);
  return footprint(system, new Map([[bytes, count]]), 2, ([producer, consumer]) => {
    for (let round = 0; round < ROUNDS; round++) freeAll(consumer, allocate(producer, count, bytes));
  });
}

/** Each thread in turn allocates, and the one after it frees: a heap that keeps memory for its thread keeps it for each. */
export function takingTurns(system: System): Footprint {
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES[system.arena] / bytes);
  return footprint(system, new Map([[bytes, count]]), THREADS, (all) => {
    for (let round = 0; round < 3 * THREADS; round++) {
      freeAll(all[(round + 1) % THREADS], allocate(all[round % THREADS], count, bytes));
    }
  });
}

/** As many bytes of one size after the other: a heap that keeps memory for a size keeps it for each. */
export function phases(system: System): Footprint {
  const countOf = (bytes: number): number => Math.ceil(PHASE_BYTES[system.arena] / bytes);
  return footprint(system, new Map(system.sizes.map((bytes) => [bytes, countOf(bytes)])), 1, ([heap]) => {
    for (const bytes of system.sizes) freeAll(heap, allocate(heap, countOf(bytes), bytes));
  });
}

/** Whether, in {@link phases}, each added about what it needed, or the next one used what the last had left. */
export function acrossSizes({ bytes, workload }: Footprint): "shared" | "kept" {
  return bytes > 0.8 * workload.peaks.size * workload.liveBytes ? "kept" : "shared";
}

type Run = (threads: readonly Heap[]) => void;

function footprint(system: System, peaks: ReadonlyMap<number, number>, count: number, run: Run): Footprint {
  const liveBytes = Math.max(...[...peaks].map(([bytes, blocks]) => bytes * blocks));
  const workload: Workload = { peaks, liveBytes, threads: count };
  return { workload, bytes: system.arena === "growing" ? mappedBy(system, count, run) : tooSmallFor(system, liveBytes, count, run) };
}

function mappedBy(system: System, count: number, run: Run): number {
  const all = threads(system, MAXIMUM_BYTES, count);
  const before = all[0].stats().mappedBytes;
  run(all);
  return all[0].stats().peakMappedBytes - before;
}

/** @param least bytes with which to begin; they do not suffice, as there is bookkeeping, too */
function tooSmallFor(system: System, least: number, count: number, run: Run): number {
  for (let bytes = least; ; bytes *= 1.1) {
    try {
      run(threads(system, Math.floor(bytes * 1.1), count));
      return Math.floor(bytes);
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }
}

function threads(system: System, maximumBytes: number, count: number): Heap[] {
  const first = system.create(maximumBytes);
  return [first, ...Array.from({ length: count - 1 }, () => system.preset.attach(first.handle))];
}

class OutOfMemory extends Error {}

function allocate(heap: Heap, count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => {
    const block = heap.malloc(bytes);
    if (block === 0) throw new OutOfMemory(`there are no more ${bytes} bytes`);
    return block;
  });
}

function freeAll(heap: Heap, blocks: readonly number[]): void {
  for (const block of blocks) heap.free(block);
}
