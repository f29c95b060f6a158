import { describe, expect, test } from "vitest";
import { describeFailure, planReplay, ReplayBoard, replayThread, TraceBuilder, type ThreadOutcome, type Trace } from "../src/index.js";
import {
  DirtyHeap, ForgetfulHeap, HidingHeap, LeakingHeap, MisalignedHeap, OverlappingHeap, SelfDoubtingHeap, StingyHeap, ThrowingHeap,
} from "./broken-heaps.js";
import { randomTrace } from "./random-trace.js";
import { SimpleHeap } from "./simple-heap.js";

const trace = randomTrace(3, 1, 2000);

function play(heap: SimpleHeap, played: Trace = trace): ThreadOutcome {
  const plan = planReplay(played);
  return replayThread(heap, plan, 0, ReplayBoard.create(1, plan.blocks));
}

test("a sound heap passes, and everything is free in the end", () => {
  const heap = new SimpleHeap();
  const outcome = play(heap);
  expect(outcome).toMatchObject({ thread: 0, events: 2000, failure: undefined });
  expect(outcome.finished).toBeGreaterThanOrEqual(outcome.started);
  expect(outcome.atEnd?.peakMappedBytes).toBeGreaterThan(trace.summary.peak.bytes);
  const states = new Set<string>();
  heap.walk(({ state }) => states.add(state));
  expect([...states]).toEqual(["free"]);
});

test("figures at the peak are those right after its event", () => {
  const builder = new TraceBuilder();
  const first = builder.malloc(0, 10);
  builder.malloc(0, 10);
  builder.free(0, first);
  for (let i = 0; i < 10; i += 1) builder.free(0, builder.malloc(0, 5));
  const outcome = play(new SimpleHeap(), builder.build());
  expect(outcome.atPeak?.metadataBytes).toBe(256 + 2 * 16);
});

test("the same through the whole of realloc: bigger, smaller, to nothing and back", () => {
  const builder = new TraceBuilder();
  let block = builder.malloc(0, 100);
  for (const size of [5000, 4999, 70, 3, 0, 1, 100_000, 16]) block = builder.realloc(0, block, size);
  builder.free(0, block);
  expect(play(new SimpleHeap(), builder.build()).failure).toBeUndefined();
});

describe("a heap that is broken is found out", () => {
  test.each([
    ["hands out bytes twice", new OverlappingHeap(), "corrupted"],
    ["does not clear calloc's memory", new DirtyHeap(), "not zero"],
    ["loses contents in realloc", new ForgetfulHeap(), "corrupted"],
    ["gives unaligned addresses", new MisalignedHeap(), "misaligned"],
    ["tells too small a usable size", new StingyHeap(), "too small"],
    ["finds itself corrupt", new SelfDoubtingHeap(), "check"],
    ["does not account for a block", new HidingHeap(), "accounting"],
    ["keeps freed blocks", new LeakingHeap(), "accounting"],
    ["throws", new ThrowingHeap(), "threw"],
    ["has no memory", new SimpleHeap(undefined, 2 ** 14), "out of memory"],
  ])("one that %s", (_, heap, kind) => {
    const { failure, atEnd } = play(heap);
    expect(failure?.kind, failure && describeFailure(failure)).toBe(kind);
    expect(failure?.message).not.toBe("");
    if (!["check", "accounting"].includes(kind)) expect(failure?.event).toBeGreaterThanOrEqual(0);
    expect(atEnd).toBeUndefined();
  });
});

test("failures read well", () => {
  const { failure } = play(new SimpleHeap(undefined, 2 ** 14));
  expect(failure && describeFailure(failure)).toMatch(/^out of memory at event \d+ in thread 0: the heap gave 0 for \d+ bytes$/);
});

test("a run that was stopped ends at once, without a failure of its own", () => {
  const plan = planReplay(randomTrace(4, 2, 200));
  const board = ReplayBoard.create(2, plan.blocks);
  board.stop();
  expect(replayThread(new SimpleHeap(), plan, 1, board)).toMatchObject({ events: 0, failure: undefined, atEnd: undefined });
});
