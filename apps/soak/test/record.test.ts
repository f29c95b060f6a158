import { expect, test } from "vitest";
import { MOMENTS, type KillReport, type Moment } from "@heapwright/contract";
import { record, versionsNow } from "../src/record.js";
import { SUBJECTS, type SoakSubject } from "../src/subjects.js";

const NOW = { node: "v20.0.0", commit: "abc1234", date: "2026-01-02" };
const [first, second] = SUBJECTS;
const noEvents = { sum: 0, most: 0 };

const moments = Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>;

const report = (kills: number, lost: number): KillReport => ({
  seed: 7, operations: 1000, refusals: 0, workers: 4, bufferBytes: 65_536, kills, moments,
  lost: { sum: lost, most: lost }, ownerless: noEvents, heldUp: 0, heldMilliseconds: noEvents, reclaimMilliseconds: noEvents,
});

const rowsIn = (text: string): string[] => text.split("\n").filter((line) => SUBJECTS.some(({ name }) => line.startsWith(`| ${name} |`)));
const surviving = (before: string, subject: SoakSubject, lost: number): string =>
  record(before, subject, { reports: [report(40, lost), report(10, 0)], seconds: 9 }, 7, NOW);

test("a run replaces the row of its form, and leaves those of others", () => {
  const both = surviving(surviving("", second, 100), first, 100);
  expect(rowsIn(both).map((row) => row.split(" | ")[0])).toEqual([`| ${first.name}`, `| ${second.name}`]);
  const again = surviving(both, second, 65_536);
  expect(rowsIn(again)).toEqual([rowsIn(both)[0], expect.stringMatching(/ 50 \| 2 \| 2,000 \| 1,311 \| 65,536 \|.*\| right \| 7 \| v20.0.0 \| abc1234 \| 2026-01-02 \|$/)]);
  expect(record(both, { ...first, name: "no such form" }, { reports: [], seconds: 0 }, 7, NOW)).toBe(both);
});

test("what went wrong is not hidden", () => {
  expect(record("", first, { reports: [], seconds: 0, failure: new Error("lost") }, 7, NOW)).toContain("| **wrong** |");
});

test("a run says of which code it was", () => {
  expect(versionsNow()).toMatchObject({ node: process.version, date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
});
