import { EventKind } from "@heapwright/trace";
import { heapwright } from "heapwright";
import { expect, test } from "vitest";
import { liveBlocks, playAlone, PlainArena } from "./play-alone.js";
import { WORKLOADS } from "../src/workloads/all.js";
import { Kind } from "../src/workloads/play-trace.js";
import { UnservedError } from "../src/workloads/touch.js";

/** Of the recordings, which are all played alike, the smallest. */
const PLAYED = WORKLOADS.filter(({ recording = "ripgrep" }) => recording === "ripgrep");
/** One block at a time; or one that follows addresses that it reads, which need not end when they are overwritten. */
const BLIND = ["linux-scalability", "active-false", "passive-false", "producer-consumer"];

test.each(PLAYED)("$name frees all that it made, and leaves a sound heap", (workload) => {
  const heap = heapwright.create();
  const { calls } = playAlone(workload, heap, 3);
  expect(calls).toBeGreaterThan(0);
  heap.check();
  expect(liveBlocks(heap)).toBe(0);
});

test.each(PLAYED)("$name reads the same with any allocator, and something else when a block is given twice", (workload) => {
  const { sum } = playAlone(workload, heapwright.create(), 2);
  expect(playAlone(workload, new PlainArena("sound"), 2).sum).toBe(sum);
  if (!BLIND.includes(workload.name)) expect(playAlone(workload, new PlainArena("gives twice"), 2).sum).not.toBe(sum);
});

test.each(PLAYED)("$name ends when memory is refused", (workload) => {
  const heap = heapwright.create();
  const refusing = { memory: heap.memory, malloc: () => 0, calloc: () => 0, realloc: () => 0, alignedAlloc: () => 0, free: () => {} };
  expect(() => playAlone(workload, refusing, 1)).toThrow(UnservedError);
});

test("every workload says where it comes from and what it touches, and its smaller numbers are numbers that it has", () => {
  for (const { source, touches, parameters, quick, tiny } of WORKLOADS) {
    expect(Math.min(source.length, touches.length)).toBeGreaterThan(4);
    for (const name of Object.keys({ ...quick, ...tiny })) expect(parameters).toHaveProperty(name);
  }
  expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length);
});

test("a recording's events are played as what they are", () => {
  const played = { malloc: Kind.malloc, calloc: Kind.calloc, alignedAlloc: Kind.alignedAlloc, realloc: Kind.realloc, free: Kind.free };
  expect(played).toEqual(EventKind);
});
