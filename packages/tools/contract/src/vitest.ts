/** Binds the contract to vitest, case by case. */
import type { HeapOptions, Preset } from "@heapwright/core";
import { describe, test } from "vitest";
import { DEFAULT_SETTINGS } from "./context.js";
import { CONTRACT_CASES } from "./contract-cases.js";
import type { ContractCase } from "./contract-case.js";
import { MEMORY_KINDS } from "./memory-kinds.js";
import { runCase } from "./run-contract.js";
import type { StartStressWorker } from "./stress/crew.js";
import { contention } from "./stress/run-contention.js";
import { kills, type KillSettings } from "./stress/run-kills.js";
import { stress, type StressSettings } from "./stress/run-stress.js";
import { subjectsOf, type Subject, type SubjectOptions } from "./subject.js";
import { withinTime } from "./within-time.js";

export { withinTime } from "./within-time.js";

const CASE_TIMEOUT = 60_000;
/** Workers are given time to start and to end even on a busy machine; what hangs is found by the run itself. */
const WORKER_TIMEOUT = 60_000;
/** Growth in flight is half of the matter, so the memory of constant length is left to the cases above. */
const SHARED_BY_WORKERS = MEMORY_KINDS.filter(({ grows }) => grows);

/** What of the settings a suite may name. */
export interface RandomRuns {
  /** Runs of each random script, unless HEAPWRIGHT_RUNS says how many. Default 6: enough for a second or two per kind of memory. */
  readonly runs?: number;
}

/** HEAPWRIGHT_SEED repeats the random scripts of a failed run. */
function seedAsked(): { seed?: number } {
  const seed = process.env["HEAPWRIGHT_SEED"];
  return seed === undefined ? {} : { seed: Number(seed) };
}

/** Declares one test per case of the contract, for one subject. */
export function heapContract(subject: Subject, cases: readonly ContractCase[] = CONTRACT_CASES, { runs = DEFAULT_SETTINGS.runs }: RandomRuns = {}): void {
  describe(subject.name, () => {
    for (const one of cases) {
      test(`${one.group}: ${one.name}`, { timeout: CASE_TIMEOUT }, () => {
        runCase(one, subject, { runs: Number(process.env["HEAPWRIGHT_RUNS"] ?? runs), ...seedAsked(), within: withinTime });
      });
    }
  });
}

/**
 * Declares one test per case of the contract and kind of memory.
 * @param how options and abilities in which the preset differs from most
 */
export function presetContract<Options extends HeapOptions>(preset: Preset<Options>, how: SubjectOptions<Options> & RandomRuns = {}): void {
  for (const subject of subjectsOf(preset, how)) heapContract(subject, CONTRACT_CASES, how);
}

/**
 * Declares two tests per kind of memory that run workers on one heap: a mixture of all there is, and one block a worker. HEAPWRIGHT_SECONDS replaces the time per kind.
 * @param start starts a thread that calls `stressWorker(preset, job)`
 */
export function stressContract<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: StressSettings & SubjectOptions<Options> = {},
): void {
  const seconds = Number(process.env["HEAPWRIGHT_SECONDS"] ?? settings.seconds ?? 1);
  describe.each(subjectsOf(preset, { memories: SHARED_BY_WORKERS, ...settings }))("$name", (subject) => {
    const { workers = 4 } = settings;
    test(`${workers} workers for ${seconds} s leave an empty and sound heap`, { timeout: seconds * 1000 + WORKER_TIMEOUT }, async () => {
      await stress(subject, start, { ...settings, seconds });
    });

    test(`${workers} workers that want the same words for ${seconds / 4} s are never told that there is no memory`, { timeout: seconds * 1000 + WORKER_TIMEOUT }, async () => {
      await contention(subject, start, { ...settings, seconds: seconds / 4 });
    });
  });
}

/**
 * Declares one test per kind of memory that kills workers. HEAPWRIGHT_KILLS replaces their number per kind.
 * @param start starts a thread that calls `stressWorker(preset, job)`
 */
export function killContract<Options extends HeapOptions>(
  preset: Preset<Options>,
  start: StartStressWorker,
  settings: KillSettings & SubjectOptions<Options> = {},
): void {
  const count = Number(process.env["HEAPWRIGHT_KILLS"] ?? settings.kills ?? 6);
  describe.each(subjectsOf(preset, { memories: SHARED_BY_WORKERS, ...settings }))("$name", (subject) => {
    test(`${count} workers are killed, and the others do not notice`, { timeout: count * 1000 + WORKER_TIMEOUT }, async () => {
      await kills(subject, start, { ...settings, kills: count });
    });
  });
}
