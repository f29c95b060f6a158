/** What may be said on the command line, and what it means. */
import { parseArgs } from "node:util";
import type { SimulationOrders } from "./simulate.js";
import { MOST_CORES, SUBJECTS } from "./subjects.js";
import { WORKLOADS } from "./workloads.js";

export const USAGE = `usage: npm run simulate -- [options]

Runs the workloads of the papers on simulated cores with caches, and tells how each preset scales beside what the papers say.

  --preset NAME     only this one (may be repeated): ${SUBJECTS.map(({ name }) => name).join(", ")}
  --workload NAME   only this one (may be repeated): ${WORKLOADS.map(({ name }) => name).join(", ")}
  --cores LIST      numbers of cores, up to ${MOST_CORES}; default: 1,2,4,8,16,32,64. One core is always among them
  --percent NUMBER  work for each core, in percent of the usual; default: 100
  --seed NUMBER     of what is random in a workload; default: 1. The same seed gives the same figures
  --out FOLDER      writes speedup.txt and speedup.html there, too
  --help            show this

The exit code is 2 when the command line makes no sense.
`;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Orders extends SimulationOrders {
  readonly action: "simulate" | "help";
  readonly folder: string | undefined;
}

const text = { type: "string" } as const;
const names = { ...text, multiple: true } as const;
const OPTIONS = { preset: names, workload: names, cores: text, percent: text, seed: text, out: text, help: { type: "boolean" } } as const;

/** @throws UsageError */
export function ordersOf(args: readonly string[]): Orders {
  const { preset, workload, cores = "1,2,4,8,16,32,64", percent = "100", seed = "1", out, help } = valuesOf(args);
  const counts = new Set([1, ...cores.split(",").map((count) => positive("cores", count, MOST_CORES))]);
  return {
    action: help ? "help" : "simulate",
    subjects: chosen("preset", SUBJECTS, preset),
    workloads: chosen("workload", WORKLOADS, workload),
    cores: [...counts].sort((one, other) => one - other),
    percent: positive("percent", percent, 100_000),
    seed: positive("seed", seed, 2 ** 31),
    folder: out,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen<T extends { readonly name: string }>(what: string, all: readonly T[], wanted: readonly string[] | undefined): readonly T[] {
  const unknown = wanted?.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined) throw new UsageError(`there is no ${what} ${unknown}; there are ${all.map(({ name }) => name).join(", ")}`);
  return wanted === undefined ? all : all.filter(({ name }) => wanted.includes(name));
}

function positive(option: string, value: string, most: number): number {
  const number = Number(value);
  if (!(Number.isSafeInteger(number) && number > 0 && number <= most)) throw new UsageError(`--${option} must be a whole number from 1 to ${most}, not ${value}`);
  return number;
}
