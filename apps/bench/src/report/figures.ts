/**
 * The figures that the project measures itself by, each computed from one report and compared with what it is to be. Ratios of
 * times are geometric means over all workloads that both have served.
 */
import { GLIBC } from "../contenders/native.js";
import { fastestOf, ratioTo, timeOf, type Yardstick } from "../runner/ratios.js";
import type { Report } from "../runner/report.js";
import { isMeasured } from "../space/space-report.js";
import { meanTakenByLive, MEASURES, takenByLive, type Measure } from "./memory.js";
import { speedup } from "./scaling.js";

export interface Figure {
  readonly what: string;
  /** As it is shown; "not measured" where something is missing. */
  readonly measured: string;
  readonly target: string;
  /** Undefined where it was not measured. */
  readonly reached: boolean | undefined;
}

const OURS = "heapwright";
const RIVALS = ["mimalloc", "jemalloc", "tcmalloc"];
const PEERS = [["wasm-dlmalloc", 4], ["wasm-tlsf", 6], ["thi.ng-malloc", 20]] as const;
const PAIRS = [["michael-wasm", 3], ["ao-malloc-wasm", 2.5]] as const;
/** Presets that a figure is about. */
export const FIGURED: readonly string[] = [OURS, ...PAIRS.map(([name]) => name)];
const SCALING = ["threadtest", "linux-scalability", "active-false", "passive-false"];
const LEAST_SPEEDUP = 1.8;
const MOST_METADATA = 0.02;
const MOST_BYTES = 12_000;

export function figures(report: Report): Figure[] {
  const { results } = report;
  const glibc = timeOf(results, GLIBC);
  const rivals = fastestOf(results, RIVALS);
  const ours = timeOf(results, OURS);
  const mean = (yardstick: Yardstick, contender: string, threads: number): number | undefined => ratioTo(yardstick, results, contender, threads).mean;
  return [
    atMost("time by that of glibc, 1 thread", mean(glibc, OURS, 1), 0.8),
    atMost("time by that of glibc, 2 threads", mean(glibc, OURS, 2), 1),
    atMost("time by the best of mimalloc, jemalloc, tcmalloc, 1 thread", mean(rivals, OURS, 1), 1.25),
    atMost("time by the best of mimalloc, jemalloc, tcmalloc, 2 threads", mean(rivals, OURS, 2), 1.25),
    worst(report, glibc),
    ...PEERS.map(([name, least]) => atLeast(`time of ${name} by that of heapwright, both called from JavaScript`, mean(ours, name, 1), least)),
    ...PAIRS.map(([name, most]) => atMost(`${name.replace("-wasm", "")} in WebAssembly memory: a malloc and free by those of glibc, 1 thread`, pair(results, name), most)),
    ...SCALING.map((workload) => atLeast(`throughput of 2 threads by that of 1, ${workload}`, speedup(results, OURS, workload, 2), LEAST_SPEEDUP)),
    ...MEASURES.map((measure) => memory(report, measure)),
    metadata(report),
    size(report),
  ];
}

function atMost(what: string, value: number | undefined, most: number): Figure {
  return { what, measured: shown(value), target: `at most ${most}`, reached: value === undefined ? undefined : value <= most };
}

function atLeast(what: string, value: number | undefined, least: number): Figure {
  return { what, measured: shown(value), target: `at least ${least}`, reached: value === undefined ? undefined : value >= least };
}

function shown(value: number | undefined): string {
  return value === undefined ? "not measured" : value.toFixed(2);
}

function worst({ results }: Report, glibc: Yardstick): Figure {
  const all = [1, 2].flatMap((threads) => {
    const { worst: one } = ratioTo(glibc, results, OURS, threads);
    return one === undefined ? [] : [{ ...one, threads }];
  });
  const most = all.sort((a, b) => b.ratio - a.ratio).at(0);
  const figure = atMost("time by that of glibc in the worst workload, 1 or 2 threads", most?.ratio, 1.5);
  return most === undefined ? figure : { ...figure, measured: `${figure.measured} (${most.workload}, ${most.threads})` };
}

function pair(results: Report["results"], contender: string): number | undefined {
  const [ours, glibc] = [contender, GLIBC].map((name) => timeOf(results, name)("linux-scalability", 1));
  return ours === undefined || glibc === undefined ? undefined : ours / glibc;
}

function memory({ workloads, results }: Report, measure: Measure): Figure {
  const names = [OURS, GLIBC, "mimalloc"];
  // over recordings that all three have played, so that the means are of the same things
  const recordings = workloads.map(({ name }) => name).filter((workload) => names.every((name) => takenByLive(measure, results, name, workload) !== undefined));
  const means = names.map((name) => meanTakenByLive(measure, results, name, recordings));
  const [ours, ...others] = means.filter((mean) => mean !== undefined);
  const known = others.length === 2;
  return {
    what: `memory ${measure.name} (${measure.basis}) by memory in use on the recordings, heapwright / glibc / mimalloc, 1 thread`,
    measured: known ? [ours, ...others].map((mean) => mean.toFixed(2)).join(" / ") : "not measured",
    target: "no more than either",
    reached: known ? others.every((other) => ours <= other) : undefined,
  };
}

function metadata({ space = [] }: Report): Figure {
  const part = space.find(({ contender }) => contender === OURS)?.manyBlocks;
  const share = isMeasured(part) && part.metadataBytes !== undefined ? part.metadataBytes / part.liveBytes : undefined;
  return {
    what: "bookkeeping by bytes in use, one million blocks of 16 bytes",
    measured: share === undefined ? "not measured" : `${(100 * share).toFixed(2)} %`,
    target: "at most 2 %",
    reached: share === undefined ? undefined : share <= MOST_METADATA,
  };
}

function size({ bundle }: Report): Figure {
  return {
    what: "heapwright and all it needs, minified and compressed by brotli",
    measured: bundle === undefined ? "not measured" : `${bundle.brotli.toLocaleString("en")} bytes`,
    target: `at most ${MOST_BYTES.toLocaleString("en")} bytes`,
    reached: bundle === undefined ? undefined : bundle.brotli <= MOST_BYTES,
  };
}
