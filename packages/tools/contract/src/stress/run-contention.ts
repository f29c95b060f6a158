/**
 * Workers that do nothing but allocate and free one small block each, as fast as they can: all meet in the same lock or
 * the same few words all the time. A heap with memory must not tell any of them that it has none because others were
 * quicker.
 */
import type { HeapOptions, Preset } from "@heapwright/core";
import { inTurn, subjectsOf, type Subject, type SubjectOptions } from "../subject.js";
import type { StartStressWorker } from "./crew.js";
import { counted, guarded, openArena, proveEmpty, type StressReport, type StressSettings } from "./run-stress.js";

/**
 * Runs workers of one heap of `preset` against each other. @throws ContractViolation naming the seed, when a worker is
 * refused a block, fails or hangs, or the heap is not empty and sound in the end
 */
export async function runContention<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: StressSettings & SubjectOptions<Options> = {},
): Promise<StressReport[]> {
  return inTurn(subjectsOf(preset, settings), (subject) => contention(subject, start, settings));
}

/** {@link runContention} on one kind of memory. */
export async function contention(subject: Subject, start: StartStressWorker, settings: StressSettings): Promise<StressReport> {
  const { workers = 4, seconds = 2 } = settings;
  const arena = openArena(subject, start, settings, { rampMilliseconds: 1, work: "one block", restlessness: "stays" }, 0);
  const { crew, heap, random, seed } = arena;
  return guarded(arena, async () => {
    const rows = Array.from({ length: workers }, (_, row) => row);
    for (const row of rows) await crew.hire(row, random.next(), Infinity);
    await crew.awaitProgress(rows);
    await crew.watch(seconds * 1000);
    await crew.dismiss();
    proveEmpty(heap);
    return { ...counted(arena), seed, workers };
  });
}
