/**
 * SURVIVED.md: a row for each form, of the run in which it was recorded last. Forms are soaked one by one and at different
 * times, so a run replaces the rows of its own forms, and says which code that was.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { count, killsOf, operationsOf, perKill, type Account } from "./account.js";
import { SUBJECTS, type SoakSubject } from "./subjects.js";

const HEAD = `# What every preset has survived

Worker threads killed while they used a heap; each row written by \`npm run soak -- --preset <form> --record\`. Bytes are those of a kill on
average, and of the dearest. [What they mean](README.md).

| form | kills | heaps | operations | bytes lost | at most | stated | bytes in hand | at most | outcome | seed | Node | commit | date |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | --- | --- | --- |
`;

/** What a run was a run of. */
export interface Versions {
  readonly node: string;
  readonly commit: string;
  readonly date: string;
}

export function versionsNow(): Versions {
  return { node: process.version, commit: commitNow(), date: new Date().toISOString().slice(0, 10) };
}

/** The sources' commit, with a plus if they have been changed since; empty outside of a repository. */
function commitNow(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "src", "../../packages") === "" ? "" : "+");
  } catch {
    return "";
  }
}

/** Replaces the row of one form in the file, and leaves the others. */
export function recordIn(file: string, subject: SoakSubject, account: Account, seed: number, versions: Versions): void {
  writeFileSync(file, record(existsSync(file) ? readFileSync(file, "utf8") : "", subject, account, seed, versions));
}

/** @param before the file's text so far. @returns what it is to be */
export function record(before: string, subject: SoakSubject, account: Account, seed: number, versions: Versions): string {
  const rows = new Map(before.split("\n").map((line) => [line.split(" | ")[0].replace("| ", ""), line]));
  rows.set(subject.name, rowOf(subject, account, seed, versions));
  return HEAD + SUBJECTS.flatMap(({ name }) => (rows.has(name) ? [`${rows.get(name)}\n`] : [])).join("");
}

function rowOf({ name, how }: SoakSubject, account: Account, seed: number, { node, commit, date }: Versions): string {
  const lost = perKill(account, (report) => report.lost);
  const inHand = perKill(account, (report) => report.ownerless);
  const numbers = [
    killsOf(account), account.reports.length, operationsOf(account), lost.sum, lost.most, how.abilities?.killCost ?? 0, inHand.sum, inHand.most,
  ];
  const outcome = account.failure === undefined ? "right" : "**wrong**";
  return `| ${[name, ...numbers.map(count), outcome, seed, node, commit, date].join(" | ")} |`;
}
