/**
 * The most memory taken by the most memory in use, on recordings, with one thread. By two measures, and never one of them for
 * this allocator and the other for that.
 */
import type { TakenMemory } from "../memory/taken-memory.js";
import type { Result } from "../runner/result.js";
import { geometricMean } from "../runner/statistics.js";

export interface Measure {
  readonly field: keyof TakenMemory;
  readonly name: string;
  /** What it is, in a few words. */
  readonly basis: string;
}

export const RESIDENT: Measure = { field: "residentBytes", name: "resident", basis: "touched, as Linux tells of all alike" };
export const MAPPED: Measure = { field: "mappedBytes", name: "mapped", basis: "taken, touched or not, as each tells by itself" };
export const MEASURES = [RESIDENT, MAPPED];

/** @returns undefined where that is not known */
export function takenByLive({ field }: Measure, results: readonly Result[], contender: string, workload: string): number | undefined {
  const one = results.find((result) => result.contender === contender && result.workload === workload && result.threads === 1);
  const taken = one?.[field];
  return taken === undefined || one?.liveBytes === undefined ? undefined : taken / one.liveBytes;
}

/** The geometric mean over those of the workloads of which it is known. */
export function meanTakenByLive(measure: Measure, results: readonly Result[], contender: string, workloads: readonly string[]): number | undefined {
  return geometricMean(workloads.map((workload) => takenByLive(measure, results, contender, workload)).filter((one) => one !== undefined));
}
