/**
 * What may be said on the command line, and what it means.
 */
import { parseArgs } from "node:util";
import type { Contender } from "./presets.js";

export const USAGE = `usage: npm start -- [options]

Replays recorded allocations of real programs on every preset, with as many worker threads as the program had,
verifies the contents of every block, and prints how fast each was and how much memory it took.

  --preset NAME     only this preset (may be repeated)
  --trace NAME      only this recording (may be repeated)
  --out FOLDER      where to write the results; default: apps/replay/results
  --timeout SECONDS after which a run is ended and has failed; default: 60
  --list            show the names of presets and recordings
  --help            show this

The exit code is 1 when any run has failed, and 2 when the command line makes no sense.
`;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Settings {
  readonly action: "replay" | "list" | "help";
  readonly contenders: readonly Contender[];
  readonly traces: readonly string[];
  /** Undefined: the folder that is usual. */
  readonly out: string | undefined;
  readonly timeoutMilliseconds: number;
}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[], contenders: readonly Contender[], traces: readonly string[]): Settings {
  const values = parse(args);
  const seconds = Number(values.timeout ?? 60);
  if (!(seconds > 0 && seconds <= 86_400)) throw new UsageError(`--timeout must be a number of seconds, not ${String(values.timeout)}`);
  return {
    action: values.help ? "help" : values.list ? "list" : "replay",
    contenders: select("preset", values.preset, contenders, ({ name }) => name),
    traces: select("trace", values.trace, traces, (name) => name),
    out: values.out,
    timeoutMilliseconds: seconds * 1000,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({ args: [...args], options: { preset: texts, trace: texts, out: text, timeout: text, list: flag, help: flag } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Those that were named, in the usual order; all if none was. @throws UsageError */
export function select<T>(option: string, wanted: readonly string[] | undefined, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  if (wanted === undefined) return all;
  const names = all.map(nameOf);
  for (const name of wanted) {
    if (!names.includes(name)) throw new UsageError(`there is no ${option} ${name}; there are ${names.join(", ")}`);
  }
  return all.filter((one) => wanted.includes(nameOf(one)));
}
