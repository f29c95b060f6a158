/**
 * What came of one contender with one workload and a number of threads, over all repetitions. Part of the files of results:
 * fields are only ever added.
 */
import type { Contender } from "../contenders/contender.js";
import type { TakenMemory } from "../memory/taken-memory.js";
import type { Outcome } from "./run-process.js";
import { median } from "./statistics.js";

export interface Result extends TakenMemory {
  readonly contender: string;
  readonly workload: string;
  readonly threads: number;
  /**
   * `measured`; `cannot`: it refused memory; `timeout`; `failed`: it broke, or its blocks lost their contents; `not run`: the time
   * for the whole benchmark was over.
   */
  readonly outcome: "measured" | "cannot" | "timeout" | "failed" | "not run";
  /** Why, if not measured. */
  readonly reason?: string;
  /** Median of {@link samples}. */
  readonly nsPerOperation?: number;
  /** Calls of all threads by the time on the clock: 10^9 * threads / nsPerOperation. */
  readonly operationsPerSecond?: number;
  /** Of each repetition: the median round, its time on the clock in nanoseconds * threads / calls by all threads. */
  readonly samples?: readonly number[];
  /** Rounds that counted, in all repetitions. */
  readonly rounds?: number;
  /** Calls of the allocator in a round, by all threads. */
  readonly callsPerRound?: number;
  /** Of all that was read back in the first round. */
  readonly checksum?: number;
  /** The most bytes that a recorded program had in use, times threads. */
  readonly liveBytes?: number;
}

/** What is collected of one case before it becomes a {@link Result}. */
export interface Case {
  readonly contender: Contender;
  readonly workload: string;
  readonly threads: number;
  readonly liveBytes: number | undefined;
  readonly outcomes: Outcome[];
}

/** Of each repetition that was measured, as in {@link Result}. */
export function samplesOf({ threads, outcomes }: Case): number[] {
  return outcomes.flatMap((outcome) => (outcome.outcome === "measured" ? [(median(outcome.roundNanoseconds) * threads) / outcome.calls] : []));
}

export function resultOf(one: Case): Result {
  const { contender, workload, threads, liveBytes, outcomes } = one;
  const about = { contender: contender.name, workload, threads };
  const bad = outcomes.find((outcome) => outcome.outcome !== "measured");
  if (bad !== undefined) return { ...about, outcome: bad.outcome, reason: bad.reason };
  const measured = outcomes.filter((outcome) => outcome.outcome === "measured");
  if (measured.length === 0) return { ...about, outcome: "not run", reason: "the time was over" };
  const samples = samplesOf(one);
  const [{ checksum, calls, residentBytes, mappedBytes }] = measured;
  const nsPerOperation = median(samples);
  return {
    ...about,
    outcome: "measured",
    nsPerOperation,
    operationsPerSecond: (1e9 * threads) / nsPerOperation,
    samples,
    rounds: measured.reduce((sum, { roundNanoseconds }) => sum + roundNanoseconds.length, 0),
    callsPerRound: calls,
    checksum,
    ...(residentBytes === undefined ? {} : { residentBytes }),
    ...(mappedBytes === undefined ? {} : { mappedBytes }),
    ...(liveBytes === undefined ? {} : { liveBytes: liveBytes * threads }),
  };
}

/**
 * Compares what contenders read back with what the first of them did, of those that keep contents.
 * @returns the results, failed where that differs
 */
export function compareChecksums(results: readonly Result[], keepsContents: (contender: string) => boolean): Result[] {
  const expected = new Map<string, Result>();
  return results.map((result) => {
    if (result.outcome !== "measured" || !keepsContents(result.contender)) return result;
    const { contender, workload, threads, checksum } = result;
    const key = `${workload} ${threads}`;
    const first = expected.get(key) ?? result;
    expected.set(key, first);
    if (first.checksum === checksum) return result;
    return { contender, workload, threads, outcome: "failed", reason: `blocks had other contents than with ${first.contender} (checksum ${checksum}, not ${first.checksum})` };
  });
}
