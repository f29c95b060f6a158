import { statSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { summarize, type Trace } from "@heapwright/trace";
import { describeRecordings } from "../src/describe-recordings.js";
import { loadRecording, recordingNames, RECORDINGS } from "../src/recordings.js";

const names = recordingNames();
const traces = new Map<string, Trace>();
beforeAll(() => {
  for (const name of names) traces.set(name, loadRecording(name));
});

describe.each(names)("the recording %s", (name) => {
  test("decodes, and its figures are those of its events", () => {
    const { events, summary } = traces.get(name)!;
    expect(summarize(events)).toEqual(summary);
  });

  test("is complete and of a size that means something", () => {
    const { origin, summary } = traces.get(name)!;
    expect(summary.events).toBeGreaterThan(50_000);
    expect(summary.events).toBeLessThan(2_000_000);
    expect(summary.threads).toBeLessThanOrEqual(8);
    expect(origin.omitted).toMatchObject({ hugeBlocks: 0, unseenFrees: 0, afterHole: 0 });
    expect(origin.omitted.unknownBlocks).toBeLessThan(summary.events / 100);
  });

  test("says what it is, and nothing of where it was made", () => {
    const { program, version, command } = traces.get(name)!.origin;
    for (const text of [program, version, command]) expect(text).toMatch(/^[^/].*$/);
    expect(command).not.toMatch(/\/(home|root|tmp|work)\//);
  });
});

test("there are at least eight, two of them with many blocks that another thread frees", () => {
  expect(names.length).toBeGreaterThanOrEqual(8);
  const crossing = [...traces.values()].filter(({ summary }) => summary.crossThreadFrees > 10_000);
  expect(crossing.length).toBeGreaterThanOrEqual(2);
});

test("together they stay small", () => {
  const bytes = names.map((name) => statSync(new URL(`${name}.hwtrace`, RECORDINGS)).size);
  expect(bytes.reduce((sum, one) => sum + one)).toBeLessThan(8e6);
});

test("their README is the one that is generated", async () => {
  await expect(describeRecordings(traces)).toMatchFileSnapshot("../recordings/README.md");
});
