/**
 * The tables for the terminal: times, ratios, and memory on the recordings.
 */
import type { Contender } from "../contenders/contender.js";
import { GLIBC } from "../contenders/native.js";
import { bestNative, ratioTo, timeOf, type Ratio } from "./ratios.js";
import { figures } from "../report/figures.js";
import { meanTakenByLive, MEASURES, takenByLive, type Measure } from "../report/memory.js";
import { COLUMNS, manyThreads, rules, taxonomy } from "../report/taxonomy.js";
import type { Report } from "./report.js";
import type { Result } from "./result.js";

type Row = readonly string[];

/** Those that ran, however it ended. */
type Shown = Pick<Report, "contenders" | "results">;

export function timeTables({ contenders, results }: Shown): string {
  return threadCounts(results).map((threads) => {
    const rows = workloadsOf(results, threads).map((workload) => [workload, ...contenders.map(({ name }) => timeCell(find(results, name, workload, threads)))]);
    const shown = withoutEmptyColumns([["", ...contenders.map(({ name }) => name)], ...rows]);
    return `ns per operation, ${count(threads)}\n${aligned(shown)}`;
  }).join("\n");
}

export function ratioTables({ contenders, results }: Shown): string {
  return threadCounts(results).map((threads) => {
    const glibc = timeOf(results, GLIBC);
    const best = bestNative(results, contenders, GLIBC);
    const rows = contenders.map(({ name }) => {
      const [toGlibc, toBest] = [ratioTo(glibc, results, name, threads), ratioTo(best, results, name, threads)];
      return [name, number(toGlibc.mean), worst(toGlibc), number(toBest.mean), worst(toBest), String(results.filter(isMeasured(name, threads)).length)];
    });
    const heading = ["", "/ glibc", "at worst", "/ best of the other natives", "at worst", "workloads"];
    return `Ratio of times, geometric mean over the workloads served, ${count(threads)}\n${aligned([heading, ...rows.filter((row) => row[5] !== "0")])}`;
  }).join("\n");
}

/** Empty where no recording was played. */
export function memoryTables(shown: Shown): string {
  return MEASURES.map((measure) => memoryTable(measure, shown)).filter((table) => table !== "").join("\n");
}

function memoryTable(measure: Measure, { contenders, results }: Shown): string {
  const measuring = contenders.filter(({ name, kind }) => kind !== "floor" && results.some(({ contender, workload }) => contender === name && takenByLive(measure, results, name, workload) !== undefined));
  if (measuring.length === 0) return "";
  const recordings = workloadsOf(results, 1).filter((workload) => measuring.some(({ name }) => takenByLive(measure, results, name, workload) !== undefined));
  const rows = recordings.map((workload) => [workload, ...measuring.map(({ name }) => number(takenByLive(measure, results, name, workload)))]);
  const means = measuring.map(({ name }) => number(meanTakenByLive(measure, results, name, recordings)));
  return `Most memory ${measure.name} (${measure.basis}) / most bytes in use, 1 thread\n${aligned([["", ...names(measuring)], ...rows, ["geometric mean", ...means]])}`;
}

/** The figures that the project measures itself by. */
export function figuresTable(report: Report): string {
  const rows = figures(report).map(({ what, measured, target, reached }) => [what, measured, target, reached === undefined ? "-" : reached ? "yes" : "NO"]);
  return `Figures\n${aligned([["", "measured", "target", "reached"], ...rows])}`;
}

export function taxonomyTable(report: Report): string {
  const rows = taxonomy(report).map(({ contender, cells }) => [contender, ...cells.map(({ verdict, number: behind }) => `${verdict} ${behind}`.trimEnd())]);
  return `Taxonomy\n${aligned([["", ...COLUMNS], ...rows])}${rules(manyThreads(report)).map((rule) => `${rule}\n`).join("")}`;
}

/** What was not measured, a line for each contender and reason. */
export function troubles({ results, skipped }: Pick<Report, "results" | "skipped">): string {
  const lines = skipped.map(({ contender, reason }) => `skipped ${contender}: ${reason}`);
  const grouped = new Map<string, string[]>();
  for (const { contender, workload, threads, outcome, reason } of results) {
    if (outcome === "measured") continue;
    const key = `${outcome} ${contender}: ${reason}`;
    grouped.set(key, [...(grouped.get(key) ?? []), `${workload} (${threads})`]);
  }
  return [...lines, ...[...grouped].map(([key, cases]) => `${key}: ${cases.join(", ")}`)].map((line) => `${line}\n`).join("");
}

function find(results: readonly Result[], contender: string, workload: string, threads: number): Result | undefined {
  return results.find((one) => one.contender === contender && one.workload === workload && one.threads === threads);
}

function timeCell(result: Result | undefined): string {
  if (result === undefined) return "";
  return result.nsPerOperation === undefined ? result.outcome : number(result.nsPerOperation);
}

function isMeasured(contender: string, threads: number): (result: Result) => boolean {
  return (result) => result.contender === contender && result.threads === threads && result.outcome === "measured";
}

function worst({ worst: most }: Ratio): string {
  return most === undefined ? "-" : `${number(most.ratio)} ${most.workload}`;
}

function number(value: number | undefined): string {
  return value === undefined ? "-" : value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function count(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}

function names(contenders: readonly Contender[]): string[] {
  return contenders.map(({ name }) => name);
}

function threadCounts(results: readonly Result[]): number[] {
  return [...new Set(results.map(({ threads }) => threads))].sort((a, b) => a - b);
}

function workloadsOf(results: readonly Result[], threads: number): string[] {
  return [...new Set(results.filter((one) => one.threads === threads).map(({ workload }) => workload))];
}

function withoutEmptyColumns(rows: readonly Row[]): Row[] {
  const [, ...body] = rows;
  return rows.map((row) => row.filter((_, column) => body.some((one) => one[column] !== "")));
}

/** The first column to the left, all others to the right. */
function aligned(rows: readonly Row[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) => row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
