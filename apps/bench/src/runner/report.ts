/**
 * What is written to a file, for programs. FORMAT counts up when a field changes its meaning or goes; new ones may come at
 * any time. The README describes it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Contender } from "../contenders/contender.js";
import type { Clock } from "../child/request.js";
import type { SpaceResult } from "../space/space-report.js";
import type { Parameters } from "../workloads/workload.js";
import type { Circumstances } from "./circumstances.js";
import type { Absentee } from "./line-up.js";
import type { Result } from "./result.js";

export const FORMAT = 2;

/** A file holds no report; the message names it and says why. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

export interface Report extends Circumstances {
  readonly format: typeof FORMAT;
  readonly size: "full" | "quick";
  readonly clock: Clock;
  /** The most that a case was repeated; see plan.ts. */
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
  /** By contender. Not there in results of earlier versions. */
  readonly space?: readonly SpaceResult[];
  /** Of `heapwright` with all it needs, in bytes. Not there in results of earlier versions. */
  readonly bundle?: { readonly minified: number; readonly brotli: number };
}

/** Writes it with a line for each result, so that files are small and can be compared. */
export function writeReport(path: string, { results, space = [], ...rest }: Report): void {
  const lines = (rows: readonly object[]): string => rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, "");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${head},\n  "space": [\n${lines(space)}\n  ],\n  "results": [\n${lines(results)}\n  ]\n}\n`);
}

const LISTS = ["contenders", "skipped", "workloads", "results"] as const;

/** @throws ReportError when it cannot be read, is none, or has another format */
export function readReportFile(path: string): Report {
  const { format, ...rest } = { ...readJson(path) };
  if (format !== FORMAT) throw new ReportError(`${path} has format ${String(format)}, not ${FORMAT}`);
  const missing = LISTS.find((name) => !Array.isArray(rest[name]));
  if (missing !== undefined) throw new ReportError(`${path} has no ${missing}`);
  return { format, ...rest } as Report;
}

/** What is no object has none of the fields of one. */
function readJson(path: string): Partial<Report> | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Partial<Report> | null;
  } catch (error) {
    // what is no JSON may be quoted, with all that it holds
    throw new ReportError(`${path}: ${String(error instanceof Error ? error.message : error).replaceAll(/\p{C}+/gu, " ")}`);
  }
}
