/**
 * The benchmark from the command line to the exit code.
 */
import { readFileSync } from "node:fs";
import { RESULTS } from "../places.js";
import { WORKLOADS } from "../workloads/all.js";
import type { Workload } from "../workloads/workload.js";
import { unpackRecording } from "./build.js";
import { circumstances } from "./circumstances.js";
import { ALL_CONTENDERS, lineUp, type ChildBundles } from "./line-up.js";
import { ProgressLine, type ProgressStream } from "./progress-line.js";
import { FORMAT, writeReport, type Report } from "./report.js";
import { compareChecksums, resultOf } from "./result.js";
import { runAll, type Entry } from "./schedule.js";
import { parametersOf, parseCommandLine, USAGE, UsageError, type Settings } from "./settings.js";
import { memoryTable, ratioTables, timeTables, troubles } from "./tables.js";

/** What the program has around it. */
export interface Surroundings {
  readonly out: { write(text: string): unknown };
  readonly err: ProgressStream;
  readonly bundles: ChildBundles;
}

/** Where the trace files that are played have the peak: see trace-events.ts. */
const PEAK_WORD = 2;

/** @returns the exit code: 0 all is well, 1 a contender failed, 2 the command line makes no sense */
export async function suiteCommand(args: readonly string[], around: Surroundings): Promise<number> {
  let settings: Settings;
  try {
    settings = parseCommandLine(args, WORKLOADS, ALL_CONTENDERS);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    around.err.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (settings.action === "help") around.out.write(USAGE);
  else if (settings.action === "list") around.out.write(listing());
  else return announce(await measure(args, settings, around), settings, around);
  return 0;
}

/** Runs all that is asked for with these workloads, which tests make smaller. */
export async function measure(
  args: readonly string[], settings: Settings, { err, bundles }: Surroundings, numbersOf = (workload: Workload) => parametersOf(workload, settings.size),
): Promise<Report> {
  const start = performance.now();
  const { clock, repetitions, timeoutMilliseconds, threads, size } = settings;
  const { runners, absentees } = lineUp(settings.contenders, bundles);
  const entries = settings.workloads.map((workload) => entryOf(workload, numbersOf(workload)));
  const progress = new ProgressLine(err);
  const deadline = performance.now() + settings.budgetMilliseconds;
  const cases = await runAll({ entries, runners, threads, clock, repetitions, timeoutMilliseconds, deadline }, progress);
  progress.clear();
  const contenders = runners.map(({ contender }) => contender);
  const keepsContents = (name: string): boolean => contenders.some((contender) => contender.name === name && contender.keepsContents);
  return {
    format: FORMAT,
    ...circumstances(args),
    size, clock, repetitions, timeoutMilliseconds,
    seconds: Math.round((performance.now() - start) / 1000),
    contenders,
    skipped: absentees,
    workloads: entries.map(({ workload: { name, source, touches }, parameters }) => ({ name, source, touches, parameters })),
    results: compareChecksums(cases.map(resultOf), keepsContents),
  };
}

function entryOf(workload: Workload, parameters: Entry["parameters"]): Entry {
  if (workload.recording === undefined) return { workload, parameters };
  const file = unpackRecording(workload.recording);
  return { workload, parameters, trace: { file, liveBytes: readFileSync(file).readUInt32LE(4 * PEAK_WORD) } };
}

function announce(report: Report, settings: Settings, { out }: Surroundings): number {
  const path = writeReport(settings.out ?? RESULTS, report);
  const parts = [timeTables(report), ratioTables(report), memoryTable(report), troubles(report), `${report.seconds} s\n${path}\n`];
  out.write(`\n${parts.filter((part) => part !== "").join("\n")}`);
  return report.results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
}

function listing(): string {
  const contenders = ALL_CONTENDERS.map(({ name, kind }) => `${name} (${kind})`);
  return `workloads:  ${WORKLOADS.map(({ name }) => name).join(", ")}\ncontenders: ${contenders.join(", ")}\n`;
}
