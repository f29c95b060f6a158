import { TraceBuilder, type FailureKind, type ReplayReport, type Trace } from "@heapwright/trace";
import { expect, test } from "vitest";
import { endingOf, type Ending } from "../src/ceilings.js";

/** 0: 40 bytes, 1: 30 times 10 bytes, 2: 50 bytes, 3: a free. */
function trace(): Trace {
  const builder = new TraceBuilder();
  const first = builder.malloc(0, 40);
  builder.calloc(0, 30, 10);
  builder.malloc(0, 50);
  builder.free(0, first);
  return builder.build({ program: "p", recorder: "test" });
}

function report(...failures: [kind: FailureKind, event: number][]): ReplayReport {
  return {
    preset: "p", progress: "lock-free", threads: 1, events: 4, seconds: 1, eventsPerSecond: 4, mappedPerLive: undefined, metadataPerBlock: undefined,
    atPeak: undefined, atEnd: undefined, failures: failures.map(([kind, event]) => ({ kind, event, thread: 0, message: "" })),
  };
}

const cannot = (reason: string): Ending => ({ as: "cannot", reason });

test("a run without failure is verified, if the program stays below the ceilings", () => {
  for (const ceilings of [{}, { blockBytes: 300 }, { blocks: 3 }, { heapBytes: 390 }]) expect(endingOf(report(), trace(), ceilings)).toEqual({ as: "verified" });
});

test("a heap that serves what it is said not to has failed", () => {
  expect(endingOf(report(), trace(), { blockBytes: 299 })).toEqual({ as: "failed", reason: "was served, though blocks end at 299 bytes" });
  expect(endingOf(report(), trace(), { blocks: 2 })).toMatchObject({ as: "failed" });
  expect(endingOf(report(), trace(), { heapBytes: 389 })).toMatchObject({ as: "failed" });
});

test("what goes beyond a ceiling may be answered by 0", () => {
  expect(endingOf(report(["out of memory", 1]), trace(), { blockBytes: 64 })).toEqual(cannot("blocks end at 64 bytes"));
  expect(endingOf(report(["out of memory", 2]), trace(), { blocks: 2 })).toEqual(cannot("there are 2 blocks, and it needs 3"));
  expect(endingOf(report(["out of memory", 0]), trace(), { heapBytes: 100 })).toEqual(cannot("there are 100 bytes, and it needs 390"));
  // of two ceilings the one that accounts for it
  expect(endingOf(report(["out of memory", 0]), trace(), { blockBytes: 64, blocks: 2 })).toEqual(cannot("there are 2 blocks, and it needs 3"));
});

test("any other 0 is a failure, and so is any other failure", () => {
  const failed = { as: "failed" };
  expect(endingOf(report(["out of memory", 0]), trace(), {})).toEqual(failed);
  expect(endingOf(report(["out of memory", 0]), trace(), { blockBytes: 64 })).toEqual(failed);
  expect(endingOf(report(["out of memory", 1], ["out of memory", 2]), trace(), { blockBytes: 64 })).toEqual(failed);
  expect(endingOf(report(["out of memory", 1]), trace(), { blockBytes: 300 })).toEqual(failed);
  expect(endingOf(report(["corrupted", 1]), trace(), { blockBytes: 64 })).toEqual(failed);
  expect(endingOf(report(["out of memory", 1], ["threw", 1]), trace(), { blockBytes: 64 })).toEqual(failed);
});
