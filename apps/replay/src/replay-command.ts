/**
 * The program from the command line to the exit code: replays each recording on each preset and reports.
 */
import { fileURLToPath } from "node:url";
import { parseCommandLine, UsageError, USAGE, type Settings } from "./command-line.js";
import { CONTENDERS } from "./presets.js";
import { ProgressDisplay, type ProgressStream } from "./progress.js";
import { loadRecording, recordingNames } from "./recordings.js";
import { circumstances, writeResults } from "./results.js";
import { run, verdict, type RunResult } from "./run.js";
import { asText, resultTable } from "./table.js";

/** What the program has around it. */
export interface Surroundings {
  readonly out: { write(text: string): unknown };
  readonly err: ProgressStream;
  /** The bundled worker.ts. */
  readonly worker: URL;
}

const USUAL_FOLDER = fileURLToPath(new URL("../results", import.meta.url));

/** @returns the exit code: 0 all is well, 1 a run has failed, 2 the command line makes no sense */
export async function replayCommand(args: readonly string[], around: Surroundings): Promise<number> {
  let settings: Settings;
  try {
    settings = parseCommandLine(args, CONTENDERS, recordingNames());
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
      around.out.write(`presets:    ${CONTENDERS.map(({ name }) => name).join(", ")}\nrecordings: ${recordingNames().join(", ")}\n`);
      return 0;
    case "replay":
      return report(args, settings, await replayAll(settings, around), around);
  }
}

/** Each recording on each preset, one run at a time, in the order of the presets. */
export async function replayAll(settings: Settings, { err, worker }: Pick<Surroundings, "err" | "worker">): Promise<RunResult[]> {
  const { contenders, traces, timeoutMilliseconds } = settings;
  const display = new ProgressDisplay(err, contenders.length * traces.length);
  const results: RunResult[] = [];
  for (const name of traces) {
    const trace = loadRecording(name);
    for (const contender of contenders) {
      display.starts(name, contender.name);
      const result = await run(contender, name, trace, { worker, timeoutMilliseconds });
      results.push(result);
      display.ends(name, contender.name, outcome(result));
    }
  }
  display.clear();
  const place = ({ contender }: RunResult): number => contenders.findIndex(({ name }) => name === contender);
  return results.sort((a, b) => place(a) - place(b));
}

function report(args: readonly string[], settings: Settings, results: readonly RunResult[], { out }: Surroundings): number {
  const presets = settings.contenders.map(({ preset }) => preset.name);
  const files = writeResults(settings.out ?? USUAL_FOLDER, circumstances(args, presets), results);
  const failed = results.filter(({ ending }) => ending.as === "failed");
  const verified = results.filter(({ ending }) => ending.as === "verified");
  out.write(`\n${asText(resultTable(results))}\n`);
  out.write(failed.length > 0 ? `${failed.length} of ${results.length} runs FAILED.\n` : `${allOf(verified.length, results.length)}\n`);
  for (const file of files) out.write(`${file}\n`);
  return failed.length === 0 ? 0 : 1;
}

function allOf(verified: number, runs: number): string {
  if (verified === runs) return `All ${runs} runs verified.`;
  const made = verified === 0 ? "No run was one that the presets are made for" : `All ${verified} runs verified that the presets are made for`;
  return `${made}; in ${runs - verified} it was shown what they cannot serve.`;
}

function outcome(result: RunResult): string {
  return result.ending.as === "verified" ? `${(result.report.eventsPerSecond / 1e6).toFixed(2)} M operations/s` : verdict(result);
}
