/** Binds the contract to vitest, case by case. */
import type { HeapOptions, Preset } from "@heapwright/core";
import { describe, test } from "vitest";
import { CONTRACT_CASES } from "./contract-cases.js";
import type { ContractCase } from "./contract-case.js";
import { runCase } from "./run-contract.js";
import { subjectsOf, type Subject, type SubjectOptions } from "./subject.js";
import { withinTime } from "./within-time.js";

export { withinTime } from "./within-time.js";

const CASE_TIMEOUT = 60_000;

/** Runs of each random script: HEAPWRIGHT_RUNS, or enough for a few seconds per kind of memory. */
function runsAsked(): number {
  return Number(process.env["HEAPWRIGHT_RUNS"] ?? 25);
}

/** HEAPWRIGHT_SEED repeats the random scripts of a failed run. */
function seedAsked(): { seed?: number } {
  const seed = process.env["HEAPWRIGHT_SEED"];
  return seed === undefined ? {} : { seed: Number(seed) };
}

/** Declares one test per case of the contract, for one subject. */
export function heapContract(subject: Subject, cases: readonly ContractCase[] = CONTRACT_CASES): void {
  describe(subject.name, () => {
    for (const one of cases) {
      test(`${one.group}: ${one.name}`, { timeout: CASE_TIMEOUT }, () => {
        runCase(one, subject, { runs: runsAsked(), ...seedAsked(), within: withinTime });
      });
    }
  });
}

/**
 * Declares one test per case of the contract and kind of memory.
 * @param how options and abilities in which the preset differs from most
 */
export function presetContract<Options extends HeapOptions>(preset: Preset<Options>, how: SubjectOptions<Options> = {}): void {
  for (const subject of subjectsOf(preset, how)) heapContract(subject);
}
