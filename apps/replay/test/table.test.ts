import type { ReplayReport } from "@heapwright/trace";
import { expect, test } from "vitest";
import type { RunResult } from "../src/run.js";
import { asMarkdown, asText, resultTable } from "../src/table.js";

const good: ReplayReport = {
  preset: "p", progress: "lock-free", threads: 4, events: 3_000_000, seconds: 2, eventsPerSecond: 1_500_000.4,
  mappedPerLive: 1.234, metadataPerBlock: 8.06, atPeak: undefined, atEnd: undefined, failures: [],
};
const bad: ReplayReport = {
  ...good, seconds: 0, eventsPerSecond: 0, mappedPerLive: undefined, metadataPerBlock: undefined,
  failures: [
    { kind: "corrupted", thread: 1, event: 77, message: "a | b" },
    { kind: "threw", thread: 0, event: 80, message: "?" },
  ],
};
const unserved: ReplayReport = { ...bad, failures: [{ kind: "out of memory", thread: 0, event: 5, message: "the heap gave 0 for 9 bytes" }] };
const results: RunResult[] = [
  { contender: "p", trace: "cc1", report: good, ending: { as: "verified" } },
  { contender: "quick", trace: "lld", report: bad, ending: { as: "failed" } },
  { contender: "quick", trace: "cc1", report: unserved, ending: { as: "failed" } },
  { contender: "tiny", trace: "cc1", report: unserved, ending: { as: "cannot", reason: "blocks end at 8 bytes" } },
  { contender: "tiny", trace: "lld", report: good, ending: { as: "failed", reason: "was served" } },
];

test("results become rows, with the reason where one failed", () => {
  expect(asText(resultTable(results))).toBe(
    [
      "preset  progress   trace  threads  operations/s  mapped / live  metadata B / block  verified",
      "------  ---------  -----  -------  ------------  -------------  ------------------  ---------------------------------------------------------------------",
      "p       lock-free  cc1          4     1,500,000           1.23                 8.1  yes",
      "quick   lock-free  lld          4             -              -                   -  FAILED: corrupted at event 77 in thread 1: a | b (and 1 more)",
      "quick   lock-free  cc1          4             -              -                   -  not served: out of memory at event 5 in thread 0: the heap gave 0 for 9 bytes",
      "tiny    lock-free  cc1          4             -              -                   -  cannot: blocks end at 8 bytes",
      "tiny    lock-free  lld          4     1,500,000           1.23                 8.1  FAILED: was served",
      "",
    ]
      .join("\n")
      .replace(/^(------.*  )-+$/m, `$1${"-".repeat(77)}`),
  );
});

test("and in Markdown", () => {
  const lines = asMarkdown(resultTable(results)).split("\n");
  expect(lines[1]).toBe("| --- | --- | --- | ---: | ---: | ---: | ---: | --- |");
  expect(lines[2]).toBe("| p | lock-free | cc1 | 4 | 1,500,000 | 1.23 | 8.1 | yes |");
  expect(lines[3]).toContain("a \\| b");
});
