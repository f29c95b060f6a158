/**
 * How contenders compare: with one of them, or with the best native one, over all workloads that both have served.
 */
import type { Contender } from "../contenders/contender.js";
import type { Result } from "./result.js";
import { geometricMean } from "./statistics.js";

/** Times of one contender by those of another. Above 1 it is slower. */
export interface Ratio {
  readonly contender: string;
  readonly threads: number;
  /** Undefined where no workload was served by both. */
  readonly mean: number | undefined;
  readonly workloads: number;
  readonly worst: { readonly workload: string; readonly ratio: number } | undefined;
}

/** Nanoseconds an operation of what a contender is compared with. */
export type Yardstick = (workload: string, threads: number) => number | undefined;

export function timeOf(results: readonly Result[], contender: string): Yardstick {
  return (workload, threads) => results.find((one) => one.contender === contender && one.workload === workload && one.threads === threads)?.nsPerOperation;
}

/** The fastest of those that are named, in each workload anew. */
export function fastestOf(results: readonly Result[], contenders: readonly string[]): Yardstick {
  const rivals = contenders.map((name) => timeOf(results, name));
  return (workload, threads) => {
    const times = rivals.map((time) => time(workload, threads)).filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  };
}

/** The fastest native one but `except`. */
export function bestNative(results: readonly Result[], contenders: readonly Contender[], except: string): Yardstick {
  return fastestOf(results, contenders.filter(({ kind, name }) => kind === "native" && name !== except).map(({ name }) => name));
}

export function ratioTo(yardstick: Yardstick, results: readonly Result[], contender: string, threads: number): Ratio {
  const ratios = results.flatMap(({ workload, nsPerOperation, ...one }) => {
    const of = yardstick(workload, threads);
    if (one.contender !== contender || one.threads !== threads || nsPerOperation === undefined || of === undefined) return [];
    return [{ workload, ratio: nsPerOperation / of }];
  });
  const worst = ratios.reduce<Ratio["worst"]>((most, one) => (most === undefined || one.ratio > most.ratio ? one : most), undefined);
  return { contender, threads, mean: geometricMean(ratios.map(({ ratio }) => ratio)), workloads: ratios.length, worst };
}
