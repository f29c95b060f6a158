/**
 * How much memory is mapped for programs that allocators have been known to answer with more and more of it (Hoard's
 * paper, section 3.3): producers whose blocks others free, threads that take turns at that, and phases with a size each, of
 * which nothing stays, or a block here and there.
 */
import { OutOfMemory, PlayedThread } from "./played-thread.js";
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
/** The shortest stretch that a heap here cuts into blocks of one size: of so many bytes {@link keepingPhases} keeps a block. */
const STRETCH = 4096;

/** One thread allocates, another one frees, again and again. */
export function producerAndConsumer(system: System): Footprint {
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES[system.arena] / 4 / bytes);
  return footprint(system, 2, ([producer, consumer]) => {
    for (let round = 0; round < ROUNDS; round++) consumer.freeAll(producer.allocate(count, bytes));
  });
}

/** Each thread in turn allocates, and the one after it frees: a heap that keeps memory for its thread keeps it for each. */
export function takingTurns(system: System): Footprint {
  const bytes = system.sizes[system.sizes.length - 1];
  const count = Math.ceil(PHASE_BYTES[system.arena] / bytes);
  return footprint(system, THREADS, (all) => {
    for (let round = 0; round < 3 * THREADS; round++) {
      all[(round + 1) % THREADS].freeAll(all[round % THREADS].allocate(count, bytes));
    }
  });
}

/** As many bytes of one size after the other: a heap that keeps memory for a size keeps it for each. */
export function phases(system: System): Footprint {
  return footprint(system, 1, ([thread]) => {
    for (const bytes of system.sizes) thread.freeAll(thread.allocate(Math.ceil(PHASE_BYTES[system.arena] / bytes), bytes));
  });
}

/** The same, but of each phase a block stays wherever it has some: a heap that keeps memory for a size while one block lives keeps all of it. */
export function keepingPhases(system: System): Footprint {
  return footprint(system, 1, ([thread]) => {
    let kept = 0;
    for (const bytes of system.sizes) {
      const blocks = thread.allocate(Math.ceil((PHASE_BYTES[system.arena] - kept) / bytes), bytes);
      const stretches = new Map(blocks.map((block) => [Math.floor(block / STRETCH), block]));
      const stay = new Set(stretches.values());
      thread.freeAll(blocks.filter((block) => !stay.has(block)));
      kept += stay.size * bytes;
    }
  });
}

/** Whether, in {@link phases}, each added about what it needed, or the next one used what the last had left. */
export function acrossSizes({ bytes, workload }: Footprint): "shared" | "kept" {
  return bytes > 0.8 * workload.peaks.size * workload.liveBytes ? "kept" : "shared";
}

type Run = (threads: readonly PlayedThread[]) => void;

function footprint(system: System, count: number, run: Run): Footprint {
  return system.arena === "growing" ? mappedBy(system, count, run) : tooSmallFor(system, count, run);
}

function mappedBy(system: System, count: number, run: Run): Footprint {
  const all = PlayedThread.several(system, MAXIMUM_BYTES, count);
  const { heap } = all[0];
  const before = heap.stats().mappedBytes;
  run(all);
  return { workload: PlayedThread.workload(all), bytes: heap.stats().peakMappedBytes - before };
}

/** Begins with what is live at a time; that does not suffice, as there is bookkeeping, too. */
function tooSmallFor(system: System, count: number, run: Run): Footprint {
  const ample = PlayedThread.several(system, MAXIMUM_BYTES, count);
  run(ample);
  const workload = PlayedThread.workload(ample);
  for (let bytes = workload.liveBytes; ; bytes *= 1.1) {
    try {
      run(PlayedThread.several(system, Math.floor(bytes * 1.1), count));
      return { workload, bytes: Math.floor(bytes) };
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
    }
  }
}
