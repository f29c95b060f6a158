/**
 * The program from the command line to the exit code: replays each recording on each preset and reports.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Trace } from "@heapwright/trace";
import { whyNotWritable } from "../../output-folder.js";
import { parseCommandLine, UsageError, USAGE, type Settings } from "./command-line.js";
import { CONTENDERS } from "./presets.js";
import { ProgressDisplay, type ProgressStream } from "./progress.js";
import { loadRecording, RecordingError, recordingNames, RECORDINGS } from "./recordings.js";
import { circumstances, writeResults } from "./results.js";
import { run, runOfNothing, verdict, type RunResult } from "./run.js";
import { asText, resultTable } from "./table.js";

/** What the program has around it. */
export interface Surroundings {
  readonly out: { write(text: string): unknown };
  readonly err: ProgressStream;
  /** The bundled worker.ts. */
  readonly worker: URL;
  /** What paths are relative to. */
  readonly folder: string;
  /** Where the recordings are, if not with the repository's. */
  readonly recordings?: URL;
}

const USUAL_FOLDER = fileURLToPath(new URL("../results", import.meta.url));

/** @returns the exit code: 0 all is well, 1 a run has failed, 2 the command line makes no sense */
export async function replayCommand(args: readonly string[], around: Surroundings): Promise<number> {
  const names = recordingNames(around.recordings);
  let settings: Settings;
  try {
    settings = parseCommandLine(args, CONTENDERS, names);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    around.err.write(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  switch (settings.action) {
    case "help":
      around.out.write(USAGE);
      return 0;
    case "list":
      around.out.write(`presets:    ${CONTENDERS.map(({ name }) => name).join(", ")}\nrecordings: ${names.join(", ")}\n`);
      return 0;
    case "replay":
      return replay(args, settings, around);
  }
}

async function replay(args: readonly string[], settings: Settings, around: Surroundings): Promise<number> {
  const folder = settings.out === undefined ? USUAL_FOLDER : resolve(around.folder, settings.out);
  const trouble = whyNotWritable(folder);
  if (trouble !== undefined) {
    around.err.write(`${trouble}\n`);
    return 2;
  }
  const results = await replayAll(settings, around);
  const presets = settings.contenders.map(({ preset }) => preset.name);
  return report(results, writeResults(folder, circumstances(args, presets), results), around);
}

/** Each recording on each preset, one run at a time, in the order of the presets. */
export async function replayAll(settings: Settings, { err, worker, recordings }: Pick<Surroundings, "err" | "worker" | "recordings">): Promise<RunResult[]> {
  const { contenders, traces, timeoutMilliseconds } = settings;
  const display = new ProgressDisplay(err, contenders.length * traces.length);
  const results: RunResult[] = [];
  for (const name of traces) {
    const trace = loadedOrWhyNot(name, recordings);
    for (const contender of contenders) {
      display.starts(name, contender.name);
      const result = typeof trace === "string" ? runOfNothing(contender, name, trace) : await run(contender, name, trace, { worker, timeoutMilliseconds });
      results.push(result);
      display.ends(name, contender.name, outcome(result));
    }
  }
  display.clear();
  const place = ({ contender }: RunResult): number => contenders.findIndex(({ name }) => name === contender);
  return results.sort((a, b) => place(a) - place(b));
}

function loadedOrWhyNot(name: string, recordings = RECORDINGS): Trace | string {
  try {
    return loadRecording(name, recordings);
  } catch (error) {
    if (error instanceof RecordingError) return error.message;
    throw error;
  }
}

function report(results: readonly RunResult[], files: readonly string[], { out }: Surroundings): number {
  const failed = results.filter(({ ending }) => ending.as === "failed");
  const verified = results.filter(({ ending }) => ending.as === "verified");
  out.write(`\n${asText(resultTable(results))}\n`);
  out.write(failed.length > 0 ? `${failed.length} of ${results.length} runs FAILED.\n` : `${allOf(verified.length, results.length)}\n`);
  for (const file of files) out.write(`${file}\n`);
  return failed.length === 0 ? 0 : 1;
}

function allOf(verified: number, runs: number): string {
  if (verified === runs) return `${all(runs)} verified.`;
  const made = verified === 0 ? "No run was one that the presets are made for" : `${all(verified)} verified that the presets are made for`;
  return `${made}; in ${runs - verified} it was shown what they cannot serve.`;
}

function all(runs: number): string {
  return runs === 1 ? "1 run" : `All ${runs} runs`;
}

function outcome(result: RunResult): string {
  return result.ending.as === "verified" ? `${(result.report.eventsPerSecond / 1e6).toFixed(2)} M operations/s` : verdict(result);
}
