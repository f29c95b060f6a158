// Places to switch, of which there are few: whatever comes of switching at every access comes of switching there, and
// with no more preemptions and deaths. In scripts made by chance, and in a few of the scenarios on layers.
import type { Memory } from "@heapwright/core";
import { explore, type Actor, type Scenario } from "@heapwright/model";
import { expect, test } from "vitest";
import { CUT, DONE } from "../src/chooser.js";
import { ExhaustiveSearch } from "../src/exhaustive-search.js";
import { mixLow } from "../src/mix.js";
import { Stage } from "../src/stage.js";
import { CASES } from "./scenarios/all.js";

const W = 64;
/** A word for which threads race plainly. */
const RACED = W + 4;
/** Two words more: each is written plainly by one thread alone, and looked at by another. */
const OWN = W + 6;

interface Bounds {
  readonly preemptions: number;
  readonly deaths: number;
}

/** Switches at every access, and remembers no state. @returns how many executions there are */
function exploreEverywhere<Thing>(scenario: Scenario<Thing>, { preemptions, deaths }: Bounds): number {
  const search = new ExhaustiveSearch({ preemptions, deaths, spuriousFailures: 0, states: 0 });
  const stage = new Stage(scenario, search, { steps: 5000, looks: 9, timeouts: "when stuck", deaths });
  const { simulation } = stage;
  simulation.switchesEverywhere = true;
  let executions = 0;
  for (let choice = simulation.choose(); choice !== CUT; choice = search.backtrack(simulation)) {
    if (simulation.proceed(choice) !== DONE) throw new Error("an execution that is not right", { cause: simulation.violation });
    expect(stage.judge()).toBeUndefined();
    executions++;
  }
  return executions;
}

/** Digits of a number, one a call. */
function digits(seed: number): (base: number) => number {
  let rest = seed;
  return (base) => {
    rest = (Math.imul(rest, 1103515245) + 12345) & 0x7fffffff;
    return (rest >>> 8) % base;
  };
}

/** Accesses of all kinds to a few words, some only if others have made some of theirs. */
const script = (seed: number) => (memory: Memory, { index }: Actor): string => {
  const digit = digits(seed);
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    const w = W + digit(3);
    const kind = digit(11);
    if (kind === 0) seen.push(memory.load(w));
    else if (kind === 1) memory.store(w, i + 1);
    else if (kind === 2) seen.push(memory.add(w, 1));
    else if (kind === 3) seen.push(Number(memory.cas(w, 0, 7)));
    else if (kind === 4) seen.push(memory.racyLoad(w));
    else if (kind === 5) seen.push(Number(memory.cas2(W, 0, 0, 5, 6)));
    else if (kind === 6) memory.i32[RACED] = memory.i32[RACED] * 3 + i;
    else if (kind === 7) seen.push(memory.racyLoad(RACED));
    else if (kind === 8) memory.i32[OWN + index] = i + 1;
    else if (kind === 9) seen.push(memory.racyLoad(OWN + ((index + 1) % 2)));
    else if (memory.load(w) > 1) memory.store(W + digit(3), 9);
    else seen.push(memory.i32[RACED]);
  }
  return seen.join();
};

/** One thread prepares words, plainly and otherwise, and publishes them; others take what they find, and prepare in turn. */
const publishing = (seed: number) => (memory: Memory): string => {
  const digit = digits(seed);
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    const flag = memory.load(W);
    if (flag === 0 && digit(2) === 0) {
      memory.store(W + 1, digit(3));
      if (!memory.cas(W, 0, 1)) continue;
      memory.i32[W + 2] = memory.i32[W + 2] * 3 + digit(3);
      memory.cas(W, 1, 2);
    } else if (flag === 2) {
      if (!memory.cas(W, 2, 3)) continue;
      seen.push(memory.load(W + 1), memory.i32[W + 2]++);
      memory.cas(W, 3, digit(2) * 2);
    } else seen.push(memory.add(W + 1, 4));
  }
  return seen.join();
};

function outcomesOf(threads: Scenario<Memory>["threads"], run: (scenario: Scenario<Memory>) => void): string[] {
  const found = new Set<string>();
  run({
    name: "either way",
    start: (memory) => memory,
    join: (memory) => memory,
    threads,
    rescuer: (memory) => memory.exchange(W, 8) + 10 * memory.load(W + 1) + 100 * memory.i32[RACED],
    isRacedFor: (_, w) => w === RACED,
    end: (memory, { results, dead }) => void found.add(`${results.join(" ")}: ${[0, 1, 2, 4].map((i) => memory.load(W + i)).join()} ${dead.join()}`),
  });
  return [...found].sort();
}

/** A seed for each thread is made by these. */
const TWO = [7919, 104729];
const THREE = [7919, 104729, 15485863];

const SCRIPTS: [what: string, seeds: number, bounds: Bounds, make: (seed: number) => (memory: Memory, actor: Actor) => string, factors: readonly number[]][] = [
  ["scripts", 12, { preemptions: Infinity, deaths: 0 }, script, TWO],
  ["scripts", 40, { preemptions: 1, deaths: 0 }, script, TWO],
  ["scripts", 40, { preemptions: 2, deaths: 0 }, script, TWO],
  ["scripts", 24, { preemptions: 1, deaths: 1 }, script, TWO],
  ["scripts of three", 24, { preemptions: 1, deaths: 0 }, script, THREE],
  ["publishing", 40, { preemptions: 1, deaths: 0 }, publishing, TWO],
  ["publishing", 40, { preemptions: 2, deaths: 0 }, publishing, TWO],
  ["publishing", 24, { preemptions: 3, deaths: 0 }, publishing, TWO],
  ["publishing", 24, { preemptions: 1, deaths: 1 }, publishing, TWO],
];

test.each(SCRIPTS)("all that comes of %s is found, %i times, within %o", { timeout: 60_000 }, (_, seeds, bounds, make, factors) => {
  let everywhere = 0;
  let atPlaces = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const threads = factors.map((factor, i) => make(seed * factor + i));
    const wanted = outcomesOf(threads, (scenario) => void (everywhere += exploreEverywhere(scenario, bounds)));
    for (const states of [0, 2 ** 20]) {
      const found = outcomesOf(threads, (scenario) => {
        const { executions, failure } = explore(scenario, { ...bounds, looks: 9, states });
        expect(failure).toBeUndefined();
        if (states === 0) atPlaces += executions;
      });
      expect(found, `of script ${seed} with ${states} states`).toEqual(wanted);
    }
  }
  expect(atPlaces).toBeLessThan(everywhere);
});

/** A number for what is in the memory. */
function contents(memory: Memory): number {
  let name = 0;
  for (let w = 0; w < memory.end >>> 2; w++) {
    const value = memory.load(w);
    if (value !== 0) name = mixLow(mixLow(name, w), value);
  }
  return name;
}

test.each([
  ["tagged: pop against pop, pop, push", 2],
  ["Boehm: push and pop, twice", 2],
  ["drain: push against take all, push back, take all", 3],
  ["queue of one: dequeue and enqueue, twice", 2],
  ["registry: two threads reclaim the same one", 2],
  ["runs: claimed and released across words", 2],
  ["pages: two threads grow the memory", 2],
  ["anchored: two blocks of a full superblock are freed", 2],
  ["buckets: the last blocks of a fixed pool", 2],
  ["private: a block is freed by another thread while its owner leaves", 1],
  ["exclusive: a block is freed by another thread while its owner leaves", 2],
  ["owned: a block is freed by another thread while its heap serves one", 1],
  ["locked heap: two threads free neighbours", 1],
])("all that comes of %s is found, with %i preemption(s)", { timeout: 60_000 }, (name, preemptions) => {
  const one = CASES.find(({ scenario }) => scenario.name === name)!;
  const bounds = { preemptions, deaths: 0 };
  const outcomes = (run: (scenario: Scenario<never>) => void): number[] => {
    const found = new Set<number>();
    run({ ...one.scenario, end(thing, outcome) {
      found.add(contents(outcome.memory));
      one.scenario.end?.(thing, outcome);
    } });
    return [...found].sort((x, y) => x - y);
  };
  const wanted = outcomes((scenario) => void exploreEverywhere(scenario, bounds));
  expect(wanted.length).toBeGreaterThan(1);
  expect(outcomes((scenario) => expect(explore(scenario, { looks: 9, ...bounds }).failure).toBeUndefined())).toEqual(wanted);
});
