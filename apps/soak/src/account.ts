/**
 * The account of a subject: the sum of the reports of its heaps, and how it is told.
 */
import { MOMENTS, type Events, type KillReport } from "@heapwright/contract";
import type { SoakSubject } from "./subjects.js";

/** What is summed up: the reports of heaps that have come and gone. */
export interface Account {
  readonly reports: readonly KillReport[];
  readonly seconds: number;
  /** What went wrong with the heap after these, if anything. */
  readonly failure?: Error;
}

export function killsOf({ reports }: Account): number {
  return sum(reports.map(({ kills }) => kills));
}

export function operationsOf({ reports }: Account): number {
  return sum(reports.map(({ operations }) => operations));
}

/** A figure of the reports as it is for each kill: the mean, and the most. */
export function perKill(account: Account, figure: (report: KillReport) => Events): Events {
  const all = account.reports.map(figure);
  return { sum: sum(all.map((one) => one.sum)) / Math.max(1, killsOf(account)), most: Math.max(0, ...all.map(({ most }) => most)) };
}

/** Some lines of text. */
export function tell({ name, stated, how }: SoakSubject, account: Account): string {
  const { reports, seconds, failure } = account;
  const kills = killsOf(account);
  const of = (figure: (report: KillReport) => number): number => sum(reports.map(figure));
  const moments = MOMENTS.map((moment) => `${count(of((report) => report.moments[moment]))} at ${moment}`);
  const bytes = ({ sum: mean, most }: Events): string => `${count(mean)} (at most ${count(most)})`;
  const milliseconds = ({ sum: mean, most }: Events): string => `${mean.toFixed(1)} ms (at most ${most.toFixed(0)})`;
  const lines = [
    `${name}: ${numbered(kills, "kill")} survived, in ${numbered(reports.length, "heap")} and ${seconds.toFixed(0)} s`,
    `  killed at   ${moments.join(", ")}`,
    `  meanwhile   ${count(operationsOf(account))} operations, ${count(of(({ refusals }) => refusals))} of them refused, by ${count(of(({ workers }) => workers))} workers`,
    `  a kill cost ${bytes(perKill(account, ({ lost }) => lost))} bytes lost, ${bytes(perKill(account, ({ ownerless }) => ownerless))} in hand; stated: ${stated}, ${count(how.abilities?.killCost ?? 0)}`,
    `  others      got on after ${milliseconds(perKill(account, ({ heldMilliseconds }) => heldMilliseconds))}, ${count(of(({ heldUp }) => heldUp))} times not before reclaim; that took ${milliseconds(perKill(account, ({ reclaimMilliseconds }) => reclaimMilliseconds))}`,
  ];
  if (failure !== undefined) lines.push(`  FAILED      ${failure.message}`);
  return `${lines.join("\n")}\n`;
}

/** So many of something, as `1 kill` or `1,000 kills`. */
export function numbered(number: number, one: string): string {
  return `${count(number)} ${one}${number === 1 ? "" : "s"}`;
}

/** A whole number to be read. */
export function count(number: number): string {
  return Math.round(number).toLocaleString("en");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
