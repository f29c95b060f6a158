import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formsOf, withMeasured } from "../src/measured.js";
import { CONTENDERS } from "../src/presets.js";
import type { Circumstances } from "../src/results.js";
import type { RunResult } from "../src/run.js";

const report = { preset: "p", progress: "lock-free", threads: 1, events: 1, seconds: 1, metadataPerBlock: 1, atPeak: undefined, atEnd: undefined, failures: [] } as const;

function result(contender: string, trace: string, eventsPerSecond: number, mappedPerLive: number, as: "verified" | "cannot" = "verified"): RunResult {
  return { contender, trace, report: { ...report, eventsPerSecond, mappedPerLive }, ending: { as, reason: "its arena ends" } };
}

test("a preset's rows are ratios to the default allocator, over the recordings that it serves", () => {
  const results = [
    result("heapwright", "cc1", 4, 1), result("heapwright", "lld", 9, 2),
    result("slow", "cc1", 2, 4), result("slow", "lld", 1, 2, "cannot"),
    result("even", "cc1", 1, 1), result("even", "lld", 36, 2),
  ];
  const readme = "before\n<!-- measured: written by `npm run measured`; do not edit -->\nold\n<!-- end of measured -->\nbehind\n";
  const where = { node: "v20", cores: 2, platform: "linux x64" } as Circumstances;
  const written = withMeasured(readme, ["slow", "even"], results, where);
  expect(written).toContain("| slow | 1 of 2 | 0.50 | 4.00 | 4.00 |");
  expect(written).toContain("| even | 2 of 2 | 1.00 | 1.41 | 1.00 |");
  expect(written).not.toContain("old");
  expect(written.startsWith("before\n")).toBe(true);
  expect(written.endsWith("<!-- end of measured -->\nbehind\n")).toBe(true);
  expect(withMeasured(written, ["slow", "even"], results, where)).toBe(written);
  expect(() => withMeasured("nothing", [], results, where)).toThrow("no place");
});

test("every preset's README has the rows of all its forms", () => {
  for (const preset of new Set(CONTENDERS.map((contender) => contender.preset.name))) {
    const readme = readFileSync(new URL(`../../../packages/presets/${preset}/README.md`, import.meta.url), "utf8");
    const rows = readme.slice(readme.indexOf("<!-- measured"));
    for (const form of formsOf(preset)) expect(rows).toMatch(new RegExp(`^\\| ${form} \\| \\d+ of \\d+ \\|`, "m"));
  }
});
