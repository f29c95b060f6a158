/**
 * The benchmark from the command line to the exit code.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { whyNotWritable } from "../../../output-folder.js";
import { RESULTS } from "../places.js";
import { sizeOfBundle } from "../report/size-of-bundle.js";
import { decodeEvents, firstEvents, peakBytes } from "../workloads/trace-events.js";
import { WORKLOADS } from "../workloads/all.js";
import type { Workload } from "../workloads/workload.js";
import { announce } from "./announce.js";
import { unpackRecording } from "./build.js";
import { circumstances } from "./circumstances.js";
import { ALL_CONTENDERS, lineUp, type ChildBundles } from "./line-up.js";
import { estimateSeconds, type Entry } from "./plan.js";
import { ProgressLine, type ProgressStream } from "./progress-line.js";
import { FORMAT, readReportFile, ReportError, type Report } from "./report.js";
import { compareChecksums, resultOf } from "./result.js";
import { runSpace } from "./run-space.js";
import { runAll } from "./schedule.js";
import { parametersOf, parseCommandLine, USAGE, UsageError, type Settings } from "./settings.js";

/** What the program has around it. */
export interface Surroundings {
  readonly out: { write(text: string): unknown };
  readonly err: ProgressStream;
  readonly bundles: ChildBundles;
  /** The README with the table of recorded results. */
  readonly readme: string;
  /** What paths are relative to. */
  readonly folder: string;
}

/** @returns the exit code: 0 all is well, 1 a contender failed, 2 the command line makes no sense, or a file or folder that it names */
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
  else return tell(args, settings, around);
  return 0;
}

/** Of a report that is read or made. */
async function tell(args: readonly string[], settings: Settings, around: Surroundings): Promise<number> {
  const known = settings.report === undefined ? undefined : resolve(around.folder, settings.report);
  const folder = settings.out === undefined ? RESULTS : resolve(around.folder, settings.out);
  const refused = (why: string): number => {
    around.err.write(`${why}\n`);
    return 2;
  };
  try {
    const read = known === undefined ? undefined : readReportFile(known);
    const trouble = read === undefined || settings.keep === "recorded" ? whyNotWritable(folder) : undefined;
    if (trouble !== undefined) return refused(trouble);
    const report = read ?? (await measure(args, settings, around));
    await announce(report, { out: around.out, keep: settings.keep, known, folder, readme: around.readme });
    return report.results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } catch (error) {
    if (error instanceof ReportError) return refused(error.message);
    throw error;
  }
}

/** Runs all that is asked for with these workloads, which tests make smaller. */
export async function measure(
  args: readonly string[], settings: Settings, { err, bundles }: Pick<Surroundings, "err" | "bundles">, numbersOf = (workload: Workload) => parametersOf(workload, settings.size),
): Promise<Report> {
  const start = performance.now();
  const { clock, plan, timeoutMilliseconds, size } = settings;
  const { runners, absentees } = lineUp(settings.contenders, bundles);
  const entries = settings.workloads.map((workload) => entryOf(workload, numbersOf(workload)));
  const contenders = runners.map(({ contender }) => contender);
  const processes = size === "quick" ? "standing" : "one a run";
  const { runs, seconds } = estimateSeconds(plan, entries, contenders, processes, clock);
  err.write(`${contenders.length} contenders, ${entries.length} workloads, ${runs} runs: about ${Math.ceil(seconds / 6) / 10} minutes on two idle cores\n`);
  const progress = new ProgressLine(err);
  const deadline = start + settings.budgetMilliseconds;
  const cases = await runAll({ entries, runners, plan, processes, clock, timeoutMilliseconds, deadline }, progress);
  const spaceProgress = new ProgressLine(err);
  const space = settings.space === "measured" ? await runSpace(runners, spaceProgress) : [];
  spaceProgress.clear();
  const keepsContents = (name: string): boolean => contenders.some((contender) => contender.name === name && contender.keepsContents);
  return {
    format: FORMAT,
    ...circumstances(args),
    size, clock, repetitions: Math.max(plan.repetitions, plan.least), timeoutMilliseconds,
    seconds: Math.round((performance.now() - start) / 1000),
    bundle: sizeOfBundle(),
    contenders,
    skipped: absentees,
    workloads: entries.map(({ workload: { name, source, touches }, parameters }) => ({ name, source, touches, parameters })),
    space,
    results: compareChecksums(cases.map(resultOf), keepsContents),
  };
}

function entryOf(workload: Workload, parameters: Entry["parameters"]): Entry {
  if (workload.recording === undefined) return { workload, parameters };
  const file = unpackRecording(workload.recording);
  const { buffer } = new Uint8Array(readFileSync(file));
  const events = decodeEvents(new Uint32Array(buffer));
  return { workload, parameters, trace: { file, liveBytes: peakBytes(events, firstEvents(events, parameters.events)) } };
}

function listing(): string {
  const contenders = ALL_CONTENDERS.map(({ name, kind }) => `${name} (${kind})`);
  return `workloads:  ${WORKLOADS.map(({ name }) => name).join(", ")}\ncontenders: ${contenders.join(", ")}\n`;
}
