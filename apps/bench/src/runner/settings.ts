/**
 * What may be said on the command line, and what it means.
 */
import { parseArgs } from "node:util";
import type { Contender } from "../contenders/contender.js";
import type { Clock } from "../child/request.js";
import type { Parameters, Workload } from "../workloads/workload.js";

export const USAGE = `usage: npm run bench -- [options]

Runs allocator workloads on our presets, on native allocators from C, and on those of others for JavaScript, one process for
each, prints tables of nanoseconds an operation and ratios, and writes everything as JSON.

  --quick             a selection with smaller numbers, in under two minutes
  --only NAME         only this workload (may be repeated)
  --contender NAME    only this contender (may be repeated)
  --threads LIST      numbers of threads, with commas; default: 1,2,4,8, with --quick 1,2
  --repetitions N     how often each run is repeated; default: 3
  --timeout SECONDS   after which a run is ended; default: 60, with --quick 4
  --out FOLDER        where to write the results; default: apps/bench/results
  --list              show the names of workloads and contenders
  --help              show this

The exit code is 1 when a contender failed (not when it could not serve a workload, or took too long), and 2 when the command
line makes no sense.
`;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Settings {
  readonly action: "run" | "list" | "help";
  readonly size: "full" | "quick";
  readonly workloads: readonly Workload[];
  readonly contenders: readonly Contender[];
  readonly threads: readonly number[];
  readonly repetitions: number;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
  /** After which no run is started any more. */
  readonly budgetMilliseconds: number;
  readonly out: string | undefined;
}

const CLOCKS = {
  full: { warmUpMilliseconds: 300, warmUpRounds: 5, measureMilliseconds: 200, rounds: 0 },
  quick: { warmUpMilliseconds: 80, warmUpRounds: 4, measureMilliseconds: 60, rounds: 0 },
} as const;
/** Rounds that must fit into the time after which a run is ended. */
const SLOW_ROUNDS = 8;
const QUICK_SECONDS = 100;
const QUICK_RECORDINGS = ["cc1", "jq", "redis"];
const TIMEOUTS = { full: "60", quick: "4" } as const;
const THREADS = { full: "1,2,4,8", quick: "1,2" } as const;
const MOST_THREADS = 64;

/** @throws UsageError */
export function parseCommandLine(args: readonly string[], workloads: readonly Workload[], contenders: readonly Contender[]): Settings {
  const values = parse(args);
  const size = values.quick ? "quick" : "full";
  const timeoutMilliseconds = wholeNumber("timeout", values.timeout ?? TIMEOUTS[size], 86_400) * 1000;
  return {
    action: values.help ? "help" : values.list ? "list" : "run",
    size,
    workloads: select("workload", values.only, workloads, size === "quick" ? workloads.filter(isQuick) : workloads),
    contenders: select("contender", values.contender, contenders, size === "quick" ? contenders.filter(isRival) : contenders),
    threads: (values.threads ?? THREADS[size]).split(",").map((text) => wholeNumber("threads", text, MOST_THREADS)),
    repetitions: wholeNumber("repetitions", values.repetitions ?? "3", 1000),
    clock: { ...CLOCKS[size], patienceMilliseconds: timeoutMilliseconds / SLOW_ROUNDS },
    timeoutMilliseconds,
    budgetMilliseconds: size === "quick" ? QUICK_SECONDS * 1000 : Infinity,
    out: values.out,
  };
}

/** The numbers of a workload for a run of this size. */
export function parametersOf(workload: Workload, size: Settings["size"]): Parameters {
  return size === "quick" ? { ...workload.parameters, ...workload.quick } : workload.parameters;
}

function isQuick({ recording }: Workload): boolean {
  return recording === undefined || QUICK_RECORDINGS.includes(recording);
}

/** Of the presets only the default one. */
function isRival({ kind, name }: Contender): boolean {
  return kind !== "preset" || name === "heapwright";
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { quick: flag, only: texts, contender: texts, threads: text, repetitions: text, timeout: text, out: text, list: flag, help: flag },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) throw new UsageError(`--${option} must be a number from 1 to ${most}, not ${text}`);
  return number;
}

/** Those that were named, in the usual order. */
function select<T extends { readonly name: string }>(option: string, names: readonly string[] | undefined, all: readonly T[], usual: readonly T[]): readonly T[] {
  if (names === undefined) return usual;
  const unknown = names.find((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new UsageError(`there is no ${option} ${unknown}; there are ${all.map(({ name }) => name).join(", ")}`);
  return all.filter(({ name }) => names.includes(name));
}
