/**
 * What may be said on the command line, and what it means.
 */
import { parseArgs } from "node:util";
import type { SoakSettings } from "./soak.js";
import { SUBJECTS, type SoakSubject } from "./subjects.js";

export const USAGE = `usage: npm run soak -- [options]

Kills worker threads while they use a heap, wherever they happen to be and above all where it hurts, starts others in their
place, proves all blocks and the heap whole, and accounts for what each kill has cost.

  --preset NAME     only this one (may be repeated): ${SUBJECTS.map(({ name }) => name).join(", ")}
  --kills NUMBER    of each preset; default: 1000
  --seconds NUMBER  at most, for each preset; default: 600
  --seed NUMBER     of what can be repeated; default: another one each time
  --record          write what each has survived into its row of SURVIVED.md
  --help            show this

The exit code is 1 when anything went wrong with a heap, and 2 when the command line makes no sense.
`;

/** The command line makes no sense; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Orders extends SoakSettings {
  readonly action: "soak" | "help";
  readonly subjects: readonly SoakSubject[];
  /** Whether what they survive is written down. */
  readonly record: boolean;
}

const text = { type: "string" } as const;
const OPTIONS = { preset: { ...text, multiple: true }, kills: text, seconds: text, seed: text, record: { type: "boolean" }, help: { type: "boolean" } } as const;

/** @throws UsageError */
export function ordersOf(args: readonly string[]): Orders {
  const { preset: names, kills, seconds, seed, record = false, help } = valuesOf(args);
  return {
    action: help ? "help" : "soak",
    subjects: names === undefined ? SUBJECTS : names.map(subjectNamed),
    record,
    kills: positive("kills", kills ?? "1000"),
    seconds: positive("seconds", seconds ?? "600"),
    seed: positive("seed", seed ?? String(1 + Math.floor(Math.random() * 2 ** 30))),
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function subjectNamed(name: string): SoakSubject {
  const found = SUBJECTS.find((subject) => subject.name === name);
  if (found === undefined) throw new UsageError(`there is no preset ${name}; there are ${SUBJECTS.map((subject) => subject.name).join(", ")}`);
  return found;
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (!(Number.isSafeInteger(number) && number > 0)) throw new UsageError(`--${option} must be a positive whole number, not ${value}`);
  return number;
}
