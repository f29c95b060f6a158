/**
 * The short table in the README of the repository, between two marks: ratios of one recorded run. Absolute figures would say
 * more about the machine.
 */
import { GLIBC } from "../contenders/native.js";
import { ratioTo, timeOf } from "../runner/ratios.js";
import type { Report } from "../runner/report.js";
import { meanTakenByLive, MEASURES } from "./memory.js";

const OPENING = "<!-- bench: written by `npm run bench`; do not edit -->";
const CLOSING = "<!-- end of bench -->";
const OURS = "heapwright";

const HEADING = ["", "called from", "time / glibc's, 1 thread", "2 threads", "time / heapwright's, 1 thread", ...MEASURES.map(({ name }) => `${name} / in use`)];
const LANGUAGES = { preset: "JavaScript", peer: "JavaScript", native: "C", floor: "" };

/** `readme` with the table put where the marks are. @throws Error when they are not there */
export function withTable(readme: string, report: Report): string {
  const from = readme.indexOf(OPENING);
  const to = readme.indexOf(CLOSING);
  if (from < 0 || to < from) throw new Error(`the README has no place for what was measured: ${OPENING} ... ${CLOSING}`);
  return readme.slice(0, from) + section(report) + readme.slice(to);
}

function section(report: Report): string {
  const { results, contenders, workloads, machine: { cpu, cores, platform }, date, versions, size } = report;
  const [glibc, ours] = [timeOf(results, GLIBC), timeOf(results, OURS)];
  const rows = contenders.filter(({ kind }) => kind !== "floor").map(({ name, kind }) => [
    name,
    LANGUAGES[kind],
    number(ratioTo(glibc, results, name, 1).mean),
    number(ratioTo(glibc, results, name, 2).mean),
    number(ratioTo(ours, results, name, 1).mean),
    ...MEASURES.map((measure) => number(meanTakenByLive(measure, results, name, workloads.map((workload) => workload.name)))),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const kind = size === "full" ? "" : " It was a short run, with smaller numbers and each measured once; expect a long one to differ.";
  return [
    OPENING,
    "",
    line(HEADING),
    line(["---", "---", ...HEADING.slice(2).map(() => "---:")]),
    ...rows.map(line),
    "",
    `Geometric means over the workloads that each serves, of ${workloads.length}; memory over the recordings among them, with 1 thread:`,
    `${MEASURES.map(({ name, basis }) => `${name} is what was ${basis}`).join("; ")}. Measured on`,
    `${date.slice(0, 10)} by \`${report.command}\` on ${cpu}, ${cores} cores, ${platform}, Node ${versions.node}.${kind}${unrun(results)} What is measured and how`,
    "is in [apps/bench](apps/bench/README.md), all of this run in [a page](apps/bench/results/recorded.html) and as",
    "[JSON](apps/bench/results/recorded.json).",
    "",
    "",
  ].join("\n");
}

/** Says so when the time was over before everything had been run. */
function unrun(results: Report["results"]): string {
  const missing = results.filter(({ outcome }) => outcome === "not run").length;
  return missing === 0 ? "" : ` The time was over before ${missing} of its ${results.length} cases, which are left out.`;
}

function number(value: number | undefined): string {
  return value === undefined ? "" : value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
