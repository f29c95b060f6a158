/**
 * Workers that are killed between any two of their steps. No `finally` runs, locks stay held, caches stay full; then the
 * main thread reclaims what the dead one held, and a successor goes on with its blocks. Those who survive must not notice:
 * they go on even before that, as far as the heap promises it, and no block of theirs is touched.
 */
import type { HeapOptions, Preset, Progress } from "@heapwright/core";
import { census } from "../census.js";
import { subjectsOf, type Subject, type SubjectOptions } from "../subject.js";
import { demand, demandEqual } from "../violation.js";
import type { StartStressWorker } from "./crew.js";
import { counted, drain, guarded, openArena, type StressReport, type StressSettings } from "./run-stress.js";

/** How many die. */
export interface KillSettings extends Omit<StressSettings, "seconds"> {
  /** Workers that are killed per kind of memory. Default 15. */
  readonly kills?: number;
}

/** What was done, and what it cost. */
export interface KillReport extends StressReport {
  readonly kills: number;
  /** Bytes that are live without an owner, or lost. */
  readonly bytesLost: number;
}

/** Blocks stay small, so that what a kill costs says something about the heap and not about the block in hand. */
const LARGEST = 20_000;
const FOREVER = Number.MAX_SAFE_INTEGER;
/** A worker has at most this many blocks in hand, in no slot: the one it sends and the one it found. */
const IN_HAND = 2;

/** Threads that may stand still at once without holding up the others. */
const TOLERATED: Readonly<Record<Progress, number>> = { "single-threaded": 0, blocking: 0, "almost-lock-free": 1, "lock-free": Infinity };

/**
 * Kills workers of one heap of `preset` at random times. @throws ContractViolation as `runStress`, and when a survivor
 * makes no progress, or the kills cost more than `abilities.killCost` each
 */
export async function runKills<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: KillSettings & SubjectOptions<Options> = {},
): Promise<KillReport[]> {
  const reports: KillReport[] = [];
  for (const subject of subjectsOf(preset, settings)) reports.push(await kills(subject, start, settings));
  return reports;
}

/** {@link runKills} on one kind of memory. */
export async function kills(subject: Subject, start: StartStressWorker, settings: KillSettings): Promise<KillReport> {
  const { workers = 4, kills: wanted = 15 } = settings;
  const arena = openArena(subject, start, settings, { rampMilliseconds: 1000, restlessness: "stays" }, LARGEST);
  const { crew, heap, random, seed } = arena;
  let killed = 0;
  return guarded(arena, async () => {
    const rows = Array.from({ length: workers }, (_, row) => row);
    for (const row of rows) await crew.hire(row, random.next(), FOREVER);
    await crew.awaitStart(rows);
    while (killed < wanted) {
      await crew.watch(1 + random.below(25));
      const running = crew.running();
      // mostly one at a time; now and then two, of which the second dies before the first is reclaimed
      const victims = Array.from({ length: random.below(4) === 0 ? 2 : 1 }, () => running.splice(random.below(running.length), 1)[0]);
      if (victims.some((row) => row === undefined)) continue;
      const dead: number[] = [];
      for (const row of victims) dead.push(await crew.kill(row));
      killed += victims.length;
      if (victims.length <= TOLERATED[heap.progress]) {
        crew.circumstance = `though the heap is ${heap.progress}: threads ${dead.join(" and ")} were killed and not yet reclaimed`;
        await crew.awaitProgress(crew.running());
      }
      for (const id of dead) {
        demandEqual(heap.reclaim(id), true, `reclaim(${id}) of a killed thread`);
        demandEqual(heap.reclaim(id), false, `reclaim(${id}) of a killed thread, once more`);
      }
      crew.circumstance = `after threads ${dead.join(" and ")} were killed and reclaimed`;
      await crew.awaitProgress(crew.running());
      for (const row of victims) await crew.hire(row, random.next(), FOREVER);
    }
    await crew.awaitStart(rows);
    await crew.dismiss();
    drain(arena);
    heap.check();
    const left = census(heap).filter(({ state }) => state === "live" || state === "lost");
    const bytesLost = left.reduce((sum, { bytes }) => sum + bytes, 0);
    const limit = killed * (subject.abilities.killCost + IN_HAND * 2 * LARGEST);
    demand(bytesLost <= limit, `${killed} kills cost ${bytesLost} bytes, more than the ${limit} that are allowed`);
    return { ...counted(arena), seed, workers: workers + killed, kills: killed, bytesLost };
  });
}
