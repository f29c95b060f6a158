/**
 * What is written to a file, for programs. FORMAT counts up when a field changes its meaning or goes; new ones may come at
 * any time. The README describes it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "../contenders/contender.js";
import type { Clock } from "../child/request.js";
import type { Parameters } from "../workloads/workload.js";
import type { Circumstances } from "./circumstances.js";
import type { Absentee } from "./line-up.js";
import type { Result } from "./result.js";

export const FORMAT = 1;

export interface Report extends Circumstances {
  readonly format: typeof FORMAT;
  readonly size: "full" | "quick";
  readonly clock: Clock;
  readonly repetitions: number;
  readonly timeoutMilliseconds: number;
  /** How long it all took. */
  readonly seconds: number;
  /** Those that took part. */
  readonly contenders: readonly Contender[];
  /** Those that could not, and why. */
  readonly skipped: readonly Absentee[];
  readonly workloads: readonly { readonly name: string; readonly source: string; readonly touches: string; readonly parameters: Parameters }[];
  /** By workload, number of threads, contender. */
  readonly results: readonly Result[];
}

/** @returns the path */
export function writeReport(folder: string, report: Report): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `bench-${report.date.replace(/[:.]/g, "-")}.json`);
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}
