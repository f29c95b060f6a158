// What an execution costs, and the two things that were feared to be dear: a watched plain access, and a switch. Prints
// the figures, and holds the first one to its promise.
import { expect, test } from "vitest";
import { explore, type Scenario } from "@heapwright/model";
import { node } from "./scenarios/case.js";
import { pushThenPop, stackScenario, tagged } from "./scenarios/stacks.js";
import type { Memory } from "@heapwright/core";

/** The best of a few goes, since others may be using the processor. */
function best(goes: number, measure: () => number): number {
  return Math.max(...Array.from({ length: goes }, measure));
}

function perSecond(scenario: Scenario<never>, preemptions: number): number {
  const from = process.cpuUsage();
  const { executions, failure } = explore(scenario, { preemptions, states: 0 });
  const { user, system } = process.cpuUsage(from);
  expect(failure).toBeUndefined();
  return (executions / (user + system)) * 1e6;
}

const pushAndPop = stackScenario("push and pop, twice", tagged, [pushThenPop(3), pushThenPop(4)], [node(0)]) as unknown as Scenario<never>;
const unchecked: Scenario<never> = { ...pushAndPop, specification: undefined, end: () => {} };

test("two threads push and pop more than 20,000 times a second", { timeout: 60_000 }, () => {
  const bare = best(4, () => perSecond(unchecked, 5));
  const whole = best(4, () => perSecond(pushAndPop, 5));
  console.log(`complete executions a second of processor time: ${bare.toFixed(0)}; ${whole.toFixed(0)} with the rest popped and the history checked`);
  expect(bare).toBeGreaterThan(20_000);
  expect(whole).toBeGreaterThan(10_000);
});

test("plain accesses cost more than atomic ones, by a factor that does not matter", () => {
  const accesses = 2000;
  const nanoseconds = (access: (memory: Memory) => void): number => {
    const scenario: Scenario<Memory> = { name: "accesses", start: (memory) => memory, join: (memory) => memory, threads: [(memory) => {
      for (let i = 0; i < accesses; i++) access(memory);
    }] };
    const runs = 50;
    const from = process.cpuUsage();
    explore(scenario, { search: "random", runs });
    const { user, system } = process.cpuUsage(from);
    return ((user + system) / runs / accesses) * 1e3;
  };
  const plain = -best(3, () => -nanoseconds((memory) => void memory.i32[300]));
  const atomic = -best(3, () => -nanoseconds((memory) => void memory.load(300)));
  console.log(`nanoseconds a step, judging included: ${plain.toFixed(0)} for a plain read, ${atomic.toFixed(0)} for a load`);
  expect(plain).toBeLessThan(atomic * 100);
});
