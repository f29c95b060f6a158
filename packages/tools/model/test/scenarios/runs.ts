/** Runs of units that lie in two words: claimed in two steps, and taken back when the second cannot be had. */
import type { Memory } from "@heapwright/core";
import type { Scenario } from "@heapwright/model";
import { claimRun, Runs, RUNS } from "@heapwright/pages";
import { caseOf, HEAD, type Case, type Code } from "./case.js";

type RunsMaker = (memory: Memory) => Runs;

const UNITS = 64;
/** The last two of the first word are free, and all of the second. */
const TAKEN = 30;

const runs: RunsMaker = (memory) => new Runs(memory, HEAD, UNITS);

export const claim = (count: number): Code<Runs> => (row) => claimRun(row, count, 1);
export const claimAndRelease = (count: number): Code<Runs> => (row) => {
  const first = claimRun(row, count, 1);
  if (first < 0 || !row.release(first, count)) throw new Error(`${count} units from ${first} on are not there to be released`);
  return undefined;
};

/** @param counts how many units each thread has at its end; there is room for all of them at any time */
export function runsScenario(name: string, threads: readonly Code<Runs>[], counts: readonly number[], make = runs): Scenario<Runs> {
  return {
    name,
    start(memory, names) {
      names.place("runs", RUNS, HEAD);
      names.range("units", HEAD + RUNS.bytes, UNITS / 8);
      const row = runs(memory);
      row.exclude(TAKEN);
      return row;
    },
    join: make,
    threads,
    end(row, { results, dead }) {
      const held = new Set(Array.from({ length: TAKEN }, (_, unit) => unit));
      results.forEach((first, thread) => {
        if (counts[thread] === 0 || dead.includes(thread)) return;
        if (!((first as number) >= 0)) throw new Error(`thread ${thread} found no run`);
        for (let i = 0; i < counts[thread]; i++) held.add((first as number) + i);
      });
      if (dead.length > 0) return;
      const taken = Array.from({ length: UNITS }, (_, unit) => unit).filter((unit) => row.isTaken(unit));
      if (held.size !== TAKEN + counts.reduce((sum, count) => sum + count, 0)) throw new Error("two threads have the same unit");
      if (taken.join() !== [...held].sort((a, b) => a - b).join()) throw new Error(`taken are ${taken.slice(TAKEN).join()}, held ${[...held].slice(TAKEN).join()}`);
    },
  };
}

export const RUN_CASES: readonly Case[] = [
  caseOf(runsScenario("runs: two threads claim across words", [claim(4), claim(3)], [4, 3])),
  caseOf(runsScenario("runs: claimed and released across words", [claimAndRelease(4), claimAndRelease(3)], [0, 0])),
  caseOf(runsScenario("runs: claimed and released across words", [claimAndRelease(4), claimAndRelease(3)], [0, 0]), { spuriousFailures: 1, preemptions: 3 }),
  caseOf(runsScenario("runs: three threads claim across words", [claim(4), claimAndRelease(3), claim(1)], [4, 0, 1]), { preemptions: 3 }),
  caseOf(runsScenario("runs: two threads claim across words", [claim(4), claim(3)], [4, 3]), { progress: "alone" }),
];
