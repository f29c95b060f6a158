/**
 * The table by which Berger and others (ASPLOS 2000, Table 7) tell allocators apart, measured: fast, scalable, avoids false
 * sharing, blowup. Each cell is a sentence about numbers of one report, and RULES says which.
 */
import { GLIBC } from "../contenders/native.js";
import { ratioTo, timeOf } from "../runner/ratios.js";
import type { Report } from "../runner/report.js";
import { geometricMean } from "../runner/statistics.js";
import { CIRCLE, HANDED, ROUNDS } from "../space/measure-space.js";
import { isMeasured, type SpaceReport } from "../space/space-report.js";
import { speedup } from "./scaling.js";

export interface Cell {
  /** What the rule makes of it; "-" where it was not measured. */
  readonly verdict: string;
  /** The number behind it. */
  readonly number: string;
  readonly good: boolean | undefined;
}

export interface TaxonomyRow {
  readonly contender: string;
  readonly kind: Report["contenders"][number]["kind"];
  /** In order of {@link COLUMNS}. */
  readonly cells: readonly Cell[];
}

const FAST = 1.5;
const SCALABLE = 0.8;
const SHARING = 1.3;
const GROWTH = 1.5;
const PER_THREAD = 2;
const SCALING = ["linux-scalability", "threadtest"];

export const COLUMNS = ["fast", "scalable", "avoids active false sharing", "avoids passive false sharing", "blowup"];

/** @param threads with which scaling and false sharing are measured */
export function rules(threads: number): string[] {
  return [
    `Fast: time with 1 thread, by that of glibc, at most ${FAST} in the geometric mean over the workloads that both serve.`,
    `Scalable: throughput of ${threads} threads by that of 1, at least ${(SCALABLE * threads).toFixed(1)} in the geometric mean of ${SCALING.join(" and ")}.`,
    `Avoids false sharing: time of an operation with ${threads} threads, by that with 1, at most ${SHARING} in active-false and in passive-false.`,
    `Blowup: memory taken by the most memory in use, ${HANDED.blocks.toLocaleString("en")} blocks of ${HANDED.bytes} bytes. It is unbounded when one thread allocates, another frees, and after ${ROUNDS.many} rounds more than ${GROWTH} times as much is taken as after ${ROUNDS.few}; O(P) when ${CIRCLE} threads that free each other's blocks in a circle take more than ${PER_THREAD} times what one takes; and otherwise O(1). Beside it stands the most that was taken in any of these. Of arenas, what lies below the end of the highest block counts as taken.`,
  ];
}

/** The number of threads of {@link rules}: the most that were measured and that the machine has cores for. */
export function manyThreads({ results, machine: { cores } }: Pick<Report, "results" | "machine">): number {
  return Math.max(1, ...results.map(({ threads }) => threads).filter((threads) => threads <= cores));
}

export function taxonomy(report: Report): TaxonomyRow[] {
  const threads = manyThreads(report);
  return report.contenders.filter(({ kind }) => kind === "preset" || kind === "native").map(({ name, kind }) => ({
    contender: name,
    kind,
    cells: [
      fast(report, name),
      scalable(report, name, threads),
      sharing(report, name, "active-false", threads),
      sharing(report, name, "passive-false", threads),
      blowup(report.space?.find(({ contender }) => contender === name)?.handOvers),
    ],
  }));
}

const UNKNOWN: Cell = { verdict: "-", number: "", good: undefined };

function yesOrNo(value: number | undefined, good: (value: number) => boolean): Cell {
  return value === undefined ? UNKNOWN : { verdict: good(value) ? "yes" : "no", number: value.toFixed(2), good: good(value) };
}

function fast({ results }: Report, name: string): Cell {
  return yesOrNo(ratioTo(timeOf(results, GLIBC), results, name, 1).mean, (ratio) => ratio <= FAST);
}

function scalable({ results }: Report, name: string, threads: number): Cell {
  if (threads === 1) return UNKNOWN;
  const speedups = SCALING.map((workload) => speedup(results, name, workload, threads)).filter((one) => one !== undefined);
  return yesOrNo(geometricMean(speedups), (mean) => mean >= SCALABLE * threads);
}

function sharing({ results }: Report, name: string, workload: string, threads: number): Cell {
  if (threads === 1) return UNKNOWN;
  const faster = speedup(results, name, workload, threads);
  return yesOrNo(faster && threads / faster, (slowdown) => slowdown <= SHARING);
}

function blowup(handOvers: SpaceReport["handOvers"]): Cell {
  if (!isMeasured(handOvers)) return UNKNOWN;
  const { few, many, alone, circle } = handOvers;
  const verdict = many > GROWTH * few ? "unbounded" : circle > PER_THREAD * alone ? "O(P)" : "O(1)";
  return { verdict, number: Math.max(few, many, alone, circle).toFixed(2), good: verdict === "O(1)" };
}
