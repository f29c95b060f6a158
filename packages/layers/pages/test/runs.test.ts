import { growable, openMemory } from "@heapwright/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { claimRun, Runs } from "@heapwright/pages";

function runsOf(units: number): Runs {
  return new Runs(openMemory(growable({ initial: 65536 }).open().handle), 0, units);
}

function taken(runs: Runs): boolean[] {
  return Array.from({ length: runs.units }, (_, unit) => runs.isTaken(unit));
}

/** What a claim should find, by trying every place. */
function lowest(model: readonly boolean[], count: number, alignment: number): number {
  for (let at = 0; at + count <= model.length; at += alignment) {
    if (!model.slice(at, at + count).includes(true)) return at;
  }
  return -1;
}

/** Length of the longest run that is free. */
function longest(model: readonly boolean[]): number {
  return Math.max(...model.map((one) => (one ? "x" : ".")).join("").split("x").map((run) => run.length));
}

describe("a row of units", () => {
  test("serves from the lowest up, and what was released again", () => {
    const runs = runsOf(100);
    expect([claimRun(runs, 1, 1), claimRun(runs, 3, 1), claimRun(runs, 40, 1)]).toEqual([0, 1, 4]);
    runs.release(1, 3);
    expect(claimRun(runs, 4, 1)).toBe(44);
    expect(claimRun(runs, 2, 1)).toBe(1);
  });

  test("free neighbours are one run", () => {
    const runs = runsOf(96);
    expect([claimRun(runs, 32, 1), claimRun(runs, 32, 1), claimRun(runs, 32, 1), claimRun(runs, 1, 1)]).toEqual([0, 32, 64, -1]);
    runs.release(0, 32);
    runs.release(64, 32);
    expect(claimRun(runs, 33, 1)).toBe(-1);
    runs.release(32, 32);
    expect(claimRun(runs, 96, 1)).toBe(0);
  });

  test("a run over many words is all or nothing", () => {
    const runs = runsOf(1000);
    expect(runs.claimAt(700, 1)).toBe(true);
    expect(runs.claimAt(5, 900)).toBe(false);
    expect(taken(runs).filter(Boolean)).toHaveLength(1);
    expect(runs.claimAt(5, 695)).toBe(true);
    expect(runs.claimAt(701, 299)).toBe(true);
    expect(runs.claimAt(0, 6)).toBe(false);
    expect(runs.claimAt(999, 2)).toBe(false);
  });

  test("runs begin at multiples of the alignment", () => {
    const runs = runsOf(512);
    claimRun(runs, 1, 1);
    expect(claimRun(runs, 3, 64)).toBe(64);
    expect(claimRun(runs, 100, 128)).toBe(128);
    expect(claimRun(runs, 1, 512)).toBe(-1);
  });

  test("a release of what was not taken is noticed", () => {
    const runs = runsOf(64);
    claimRun(runs, 4, 1);
    expect(runs.release(0, 4)).toBe(true);
    expect(runs.release(0, 4)).toBe(false);
  });

  test("a search can be kept below a unit", () => {
    const runs = runsOf(64);
    expect(runs.find(8, 1, 8)).toBe(0);
    claimRun(runs, 1, 1);
    expect(runs.find(8, 1, 8)).toBe(-1);
    expect(runs.find(7, 1, 8)).toBe(1);
  });

  test("excluded units are never served", () => {
    const runs = runsOf(70);
    runs.exclude(35);
    runs.exclude(35);
    expect(claimRun(runs, 1, 1)).toBe(35);
    runs.exclude(0);
    expect(claimRun(runs, 34, 1)).toBe(36);
  });

  test("does what an array of booleans does", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("claim" as const), count: fc.integer({ min: 1, max: 80 }), shift: fc.nat({ max: 5 }) }),
      fc.record({ kind: fc.constant("claimAt" as const), first: fc.nat({ max: 210 }), count: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ kind: fc.constant("release" as const), pick: fc.nat(), from: fc.nat(), to: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 210 }), fc.array(step, { maxLength: 60 }), (units, steps) => {
        const runs = runsOf(units);
        const model = new Array<boolean>(units).fill(false);
        const owned: { first: number; count: number }[] = [];
        const take = (first: number, count: number): void => {
          model.fill(true, first, first + count);
          owned.push({ first, count });
        };
        for (const step of steps) {
          if (step.kind === "claim") {
            const first = claimRun(runs, step.count, 2 ** step.shift);
            expect(first).toBe(lowest(model, step.count, 2 ** step.shift));
            if (first >= 0) take(first, step.count);
          } else if (step.kind === "claimAt") {
            const { first, count } = step;
            const free = first + count <= units && !model.slice(first, first + count).includes(true);
            expect(runs.claimAt(first, count)).toBe(free);
            if (free) take(first, count);
          } else if (owned.length > 0) {
            // a piece of a run, from anywhere in it
            const [run] = owned.splice(step.pick % owned.length, 1);
            const from = step.from % run.count;
            const count = 1 + (step.to % (run.count - from));
            expect(runs.release(run.first + from, count)).toBe(true);
            model.fill(false, run.first + from, run.first + from + count);
            if (from > 0) owned.push({ first: run.first, count: from });
            const rest = run.count - from - count;
            if (rest > 0) owned.push({ first: run.first + from + count, count: rest });
          }
          expect(taken(runs)).toEqual(model);
          expect([runs.longestFree(0), runs.longestFree(units >>> 1)]).toEqual([longest(model), longest(model.slice(units >>> 1))]);
        }
      }),
    );
  });
});
