// A thread that stands still, or dies, at one access after the other: what that means for the others, and what it costs.
import { aoMalloc } from "@heapwright/ao-malloc";
import type { HeapOptions, Preset } from "@heapwright/core";
import { dlmalloc } from "@heapwright/dlmalloc";
import { heapwright } from "heapwright";
import { hoard } from "@heapwright/hoard";
import { michael } from "@heapwright/michael";
import { describe, expect, test } from "vitest";
import { observeLostBytes } from "../../../../apps/guarantees/src/observe-death.js";
import { observeProgress } from "../../../../apps/guarantees/src/observe-progress.js";
import type { System } from "../../../../apps/guarantees/src/system.js";
import { checked } from "../src/index.js";

const PAGE = 65_536;
/** Each in a size class of its own. */
const SIZES = [16, 50, 100, 250, 500];
/** The block in hand and the one that leaves the quarantine, with what a checked block takes more than its size. */
const TWO_BLOCKS = 2 * (500 + 200);

const systemOf = <Options extends HeapOptions>(preset: Preset<Options>, options: Options): Omit<System, "cells" | "name" | "folder"> => ({
  preset,
  arena: "growing",
  sizes: SIZES,
  create: (maximumBytes) => preset.create({ ...options, maximumBytes, maximumThreads: 16 }),
});

const QUARANTINE = { quarantineBlocks: 4, sites: "off" } as const;

describe.each([
  ["heapwright", systemOf(checked(heapwright, QUARANTINE), {}), "lock-free", PAGE],
  ["michael", systemOf(checked(michael, QUARANTINE), {}), "lock-free", 2 ** 20],
  ["ao-malloc, Boehm's stacks", systemOf(checked(aoMalloc, QUARANTINE), { enableMmap: true, stack: "almost-lock-free" }), "almost-lock-free", PAGE],
  ["hoard", systemOf(checked(hoard, QUARANTINE), {}), "blocking", 0],
  ["dlmalloc", systemOf(checked(dlmalloc, QUARANTINE), {}), "blocking", 2 * PAGE],
] as const)("a thread of a checked %s", (_name, system, progress, lostBytes) => {
  test("that stands still anywhere holds up whom it would hold up without checks", () => {
    expect(system.create(2 ** 22).progress).toBe(progress);
    expect(observeProgress(system as unknown as System)).toBe(progress);
  });

  test("that dies anywhere costs two blocks more than without checks", () => {
    expect(observeLostBytes(system as unknown as System)).toBeLessThanOrEqual(lostBytes + TWO_BLOCKS);
  });
});
