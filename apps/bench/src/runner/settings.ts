/**
 * What may be said on the command line, and what it means.
 */
import { parseArgs } from "node:util";
import type { Contender } from "../contenders/contender.js";
import type { Clock } from "../child/request.js";
import { FIGURED } from "../report/figures.js";
import type { Parameters, Workload } from "../workloads/workload.js";
import type { Plan } from "./plan.js";

export const USAGE = `usage: npm run bench -- [options]

Runs allocator workloads on our presets, on native allocators from C, and on those of others for JavaScript, one process for
each, prints tables of nanoseconds an operation and ratios, and writes everything as JSON and as a page.

  --quick             everybody, once, with smaller numbers and standing processes: under two minutes; what does not fit is not run
  --only NAME         only this workload (may be repeated), and not what space is spent
  --contender NAME    only this contender (may be repeated)
  --threads LIST      numbers of threads, with commas; default: 1,2,4,8, with --quick 1,2
  --repetitions N     how often everything is repeated; default: 3 for heapwright, michael-wasm, ao-malloc-wasm, native ones, peers
                      and floors with 1 and 2 threads, and up to 5 where those differ much; otherwise 1; with --quick 1
  --timeout SECONDS   after which a run is ended; default: 15, with --quick 4
  --report FILE       run nothing: print the tables of these results again, and write their page anew
  --record            keep the results as the recorded ones, whose page and table in the README of the repository are
                      written; a run of everything does so by itself
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
  readonly action: "run" | "report" | "list" | "help";
  readonly size: "full" | "quick";
  readonly workloads: readonly Workload[];
  readonly contenders: readonly Contender[];
  readonly plan: Plan;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
  /** After which no run is started any more. */
  readonly budgetMilliseconds: number;
  readonly out: string | undefined;
  /** The results to be shown again. */
  readonly report: string | undefined;
  readonly keep: "recorded" | "for now";
  /** Whether space is measured too, which is no workload. */
  readonly space: "measured" | "left out";
}

const SIZES = {
  full: {
    clock: { warmUpMilliseconds: 150, warmUpRounds: 3, measureMilliseconds: 100, patienceMilliseconds: 400, rounds: 0 },
    timeout: "15", threads: "1,2,4,8", repetitions: 3, again: 2, budgetMilliseconds: 60 * 60_000,
  },
  quick: {
    clock: { warmUpMilliseconds: 6, warmUpRounds: 2, measureMilliseconds: 10, patienceMilliseconds: 60, rounds: 0 },
    timeout: "4", threads: "1,2", repetitions: 1, again: 0, budgetMilliseconds: 90_000,
  },
} as const;
/** As many as the machine of the figures has cores. */
const MANY_THREADS = 2;
const MOST_THREADS = 64;

/** @throws UsageError */
export function parseCommandLine(args: readonly string[], workloads: readonly Workload[], contenders: readonly Contender[]): Settings {
  const values = parse(args);
  const size = values.quick ? "quick" : "full";
  const usual = SIZES[size];
  const threads = (values.threads ?? usual.threads).split(",").map((text) => wholeNumber("threads", text, MOST_THREADS));
  const repetitions = values.repetitions === undefined ? undefined : wholeNumber("repetitions", values.repetitions, 1000);
  const selected = [values.only, values.contender, values.threads, values.repetitions].some((one) => one !== undefined);
  const everything = size === "full" && !selected;
  return {
    action: values.help ? "help" : values.list ? "list" : values.report === undefined ? "run" : "report",
    size,
    workloads: select("workload", values.only, workloads),
    contenders: select("contender", values.contender, contenders),
    plan: {
      threads,
      least: repetitions ?? 1,
      repetitions: repetitions ?? usual.repetitions,
      again: repetitions === undefined ? usual.again : 0,
      manyThreads: values.threads === undefined ? MANY_THREADS : MOST_THREADS,
      compared: contenders.filter((one) => values.contender?.includes(one.name) ?? isRival(one)).map(({ name }) => name),
    },
    clock: usual.clock,
    timeoutMilliseconds: wholeNumber("timeout", values.timeout ?? usual.timeout, 86_400) * 1000,
    budgetMilliseconds: size === "quick" || everything ? usual.budgetMilliseconds : Infinity,
    out: values.out,
    space: values.only === undefined ? "measured" : "left out",
    report: values.report,
    keep: values.record || (everything && values.report === undefined) ? "recorded" : "for now",
  };
}

/** The numbers of a workload for a run of this size. */
export function parametersOf(workload: Workload, size: Settings["size"]): Parameters {
  return size === "quick" ? { ...workload.parameters, ...workload.quick } : workload.parameters;
}

/** Of the presets those that a figure is about. */
function isRival({ kind, name }: Contender): boolean {
  return kind !== "preset" || FIGURED.includes(name);
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: flag, only: texts, contender: texts, threads: text, repetitions: text, timeout: text,
        report: text, record: flag, out: text, list: flag, help: flag,
      },
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

/** Those that were named, in the usual order; all when none was. */
function select<T extends { readonly name: string }>(option: string, names: readonly string[] | undefined, all: readonly T[]): readonly T[] {
  if (names === undefined) return all;
  const unknown = names.find((wanted) => !all.some(({ name }) => name === wanted));
  if (unknown !== undefined) throw new UsageError(`there is no ${option} ${unknown}; there are ${all.map(({ name }) => name).join(", ")}`);
  return all.filter(({ name }) => names.includes(name));
}
