/** `npm run heapmap`: plays a recording on a preset up to a point, and draws the heap as it is there. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { coloursOf, heapmap, heapmapSvg, widthOf, type Screen } from "@heapwright/heapmap";
import { snapshot } from "@heapwright/inspect";
import type { Trace } from "@heapwright/trace";
import { select, UsageError } from "./command-line.js";
import { NotServedError, playUntil } from "./play-until.js";
import { CONTENDERS } from "./presets.js";
import { loadRecording, RecordingError, recordingNames } from "./recordings.js";

const USAGE = `usage: npm run heapmap -- [options]

Plays a recording on a preset up to a point, and draws the heap as it is there.

  --preset NAME   default: michael
  --trace NAME    default: jq
  --at POINT      peak, so many percent of the events (50%), or how many events; default: peak
  --svg FILE      also write the map as SVG
  --json FILE     also write what it was drawn from, for the command heapmap
  --rows N        lines of map at most; default: 32
  --help          show this
`;

/** What the program has around it. */
export interface MapSurroundings {
  readonly out: Screen & { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the recordings are, if not with the repository's. */
  readonly recordings?: URL;
}

/** A file cannot be written; the message says which and why. */
class OutputError extends Error {}

/** @returns the exit code: 0 all is well, 1 the recording cannot be read, was not served, or a file not written, 2 the command line makes no sense */
export function mapCommand(args: readonly string[], { out, err, environment, recordings }: MapSurroundings): number {
  try {
    const values = parse(args);
    if (values.help) {
      out.write(USAGE);
      return 0;
    }
    const [contender] = select("preset", [values.preset], CONTENDERS, ({ name }) => name);
    const [name] = select("trace", [values.trace], recordingNames(recordings), (one) => one);
    const rows = Number(values.rows);
    if (!Number.isSafeInteger(rows) || rows < 1) throw new UsageError(`--rows must be an integer of 1 or more, not ${values.rows}`);
    const trace = loadRecording(name, recordings);
    const events = eventsUntil(values.at, trace);
    const heap = contender.create();
    playUntil(trace, heap, contender.preset, events);
    const seen = snapshot(heap);
    out.write(`${name} on ${contender.name}, after ${events} of ${trace.summary.events} events\n`);
    out.write(heapmap(seen, { width: Math.max(widthOf(out), 20), rows, colours: coloursOf(out, environment) }));
    // npm runs this in the folder of the package, and people name files from where they are
    const place = (file: string): string => resolve(environment.INIT_CWD ?? ".", file);
    if (values.svg !== undefined) write(place(values.svg), heapmapSvg(seen));
    if (values.json !== undefined) write(place(values.json), `${JSON.stringify(seen)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) err.write(`${error.message}\n\n${USAGE}`);
    else if (error instanceof NotServedError || error instanceof RecordingError || error instanceof OutputError) err.write(`${error.message}\n`);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

/** @throws OutputError */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new OutputError(error instanceof Error ? error.message : String(error));
  }
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        preset: { type: "string", default: "michael" }, trace: { type: "string", default: "jq" }, at: { type: "string", default: "peak" },
        rows: { type: "string", default: "32" }, svg: text, json: text, help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError */
function eventsUntil(at: string, { summary }: Trace): number {
  if (at === "peak") return summary.peak.event + 1;
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(at) ?? [];
  const number = Number(digits);
  const events = percent === "%" ? Math.round((summary.events * number) / 100) : number;
  if (!Number.isInteger(events) || events > summary.events) {
    throw new UsageError(`--at must be peak, a percentage, or at most ${summary.events} events, not ${at}`);
  }
  return events;
}
