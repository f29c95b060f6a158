// Runs in WebAssembly and in JavaScript: the same calls, whatever state the words of the row are in, have the same results and leave all
// bytes of the memory alike.
import { openMemory, wasm, type Helper, type Memory } from "@heapwright/core";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { claimRun, RUNS, Runs, RUNS_PROGRAM } from "@heapwright/pages";

interface Row {
  readonly runs: Runs;
  readonly memory: Memory;
  /** First word of the row. */
  readonly w: number;
}

const BYTES = 65536;

function rowAt(address: number, units: number, memory: Memory): Row {
  return { runs: new Runs(memory, address, units, RUNS_PROGRAM), memory, w: address >>> 2 };
}

/** With the program, and without. The row is the last of the memory: behind it there is nothing. */
function both(units: number, bytes = BYTES): readonly Row[] {
  return (["auto", "never"] as const).map((helper: Helper) => (
    rowAt(bytes - Runs.bytes(units), units, openMemory(wasm({ initial: bytes, maximum: bytes }, { helper }).open().handle))
  ));
}

function alike([{ memory: one }, { memory: other }]: readonly Row[], from = 0): boolean {
  return Buffer.compare(Buffer.from(one.u8.subarray(from)), Buffer.from(other.u8.subarray(from))) === 0;
}

/** A row that ends with a word and such as do not, of one word, of some, of many. */
const units = fc.oneof(fc.constantFrom(1, 31, 32, 33, 64, 96), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1000, max: 1100 }));
/** Words with many clear bits, with few, and hints that are none. */
const word = fc.oneof(
  fc.constantFrom(0, -1, 1, 0x7fffffff, -(2 ** 31), 0xffff, -0x10000),
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const first = fc.nat({ max: 220 });
const count = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 200 }));
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant("claim" as const), count: fc.integer({ min: 1, max: 80 }), shift: fc.nat({ max: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("claimAt" as const), first, count }) },
  // of units that were taken, and of others
  { weight: 4, arbitrary: fc.record({ what: fc.constant("release" as const), first, count }) },
  // at the end of the row, and past it
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom("claimAt" as const, "release" as const), back: fc.nat({ max: 70 }), count }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("hint" as const), value: word }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("cleared" as const), value: word }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("bits" as const), at: fc.nat({ max: 40 }), value: word }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function take({ runs, memory, w }: Row, one: Step): unknown {
  switch (one.what) {
    case "claim":
      return claimRun(runs, one.count, 2 ** one.shift);
    case "claimAt":
    case "release": {
      const from = "back" in one ? Math.max(0, runs.units - one.back) : one.first;
      return runs[one.what](from, one.count);
    }
    case "hint":
    case "cleared":
      memory.i32[w + RUNS[one.what]] = one.value;
      return undefined;
    case "bits":
      memory.i32[w + RUNS.bytes / 4 + (one.at % Math.ceil(runs.units / 32))] = one.value;
      return undefined;
  }
}

test("scripts of calls leave the same row, also when its words are damaged", () => {
  fc.assert(
    fc.property(units, fc.array(step, { minLength: 1, maxLength: 60 }), (length, steps) => {
      const rows = both(length);
      for (const one of steps) {
        const [fused, stepwise] = rows.map((row) => take(row, one));
        expect(fused).toBe(stepwise);
      }
      expect(alike(rows)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("every run of a row of three words is claimed and released alike, with and without a unit in its way", () => {
  for (let from = 0; from < 70; from++) {
    const rows = both(70);
    for (let length = 0; from + length <= 71; length++) {
      const found = rows.map(({ runs }) => [runs.claimAt(from, length), runs.release(from, length), runs.claimAt(from + length, 1), runs.claimAt(from, length + 1), runs.release(from + length, 1)]);
      expect(found[0]).toEqual(found[1]);
    }
    expect(alike(rows)).toBe(true);
  }
});

test("a row above 2 GiB is like any other", () => {
  const bytes = 2 ** 31 + BYTES;
  const rows = both(100, bytes);
  const found = rows.map(({ runs }) => [runs.claimAt(20, 50), runs.claimAt(0, 21), runs.release(40, 30), claimRun(runs, 60, 1), runs.release(20, 21)]);
  expect(found).toEqual([0, 1].map(() => [true, false, true, 40, true]));
  expect(alike(rows, bytes - BYTES)).toBe(true);
});

test("a claim is one call and a release is one, over any number of words, where the program is wanted", () => {
  const memory = openMemory(wasm({ initial: BYTES, maximum: BYTES }).open().handle);
  const accesses = (["load", "cas", "and", "add"] as const).map((name) => vi.spyOn(memory, name));
  const calls = (): number => accesses.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  const { runs } = rowAt(0, 200, memory);
  expect([runs.claimAt(10, 180), runs.release(10, 180), calls()]).toEqual([true, true, 0]);
  const stepwise = new Runs(memory, 4096, 200);
  expect([stepwise.claimAt(10, 180), stepwise.release(10, 180)]).toEqual([true, true]);
  // of six words each: a load and a compare-and-swap, an `and`, and the count and the hint
  expect(calls()).toBe(6 * 3 + 2);
});
