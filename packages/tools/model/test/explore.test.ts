// The long run, without running it: that it is as long as it claims, what chooses a part of it, and what it writes down.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ordersOf, UsageError } from "./explore/command-line.js";
import { record, summary } from "./explore/record.js";
import { perform, TASKS, type Report } from "./explore/task.js";
import { CASES, LONG_CASES } from "./scenarios/all.js";

const right: Report = { task: 0, executions: 5, pruned: 3, states: 20, seconds: 60, failure: "" };

test("it has more scenarios than the tests have to have, none of them twice, and two million schedules by chance", () => {
  const exhausted = TASKS.filter(({ options }) => options.search === undefined);
  expect(exhausted.length).toBeGreaterThan(100);
  const schedules = TASKS.reduce((sum, { options }) => sum + (options.search === undefined ? 0 : (options.runs ?? 0)), 0);
  expect(schedules).toBeGreaterThanOrEqual(2_000_000);
  for (const names of [CASES.map(({ name }) => name), exhausted.map(({ one }) => one.name)]) expect(new Set(names).size).toBe(names.length);
});

test("every protocol is explored with three preemptions of two threads, and deaths, where there are changes to die after", () => {
  for (const { name, cases } of LONG_CASES) {
    const plain = cases.filter(({ options, threads }) => threads === 2 && options.deaths === undefined && options.progress === undefined);
    expect(plain.length, name).toBeGreaterThan(0);
    for (const { options } of plain) expect(options.preemptions ?? Infinity, name).toBeGreaterThanOrEqual(3);
    expect(cases.some(({ options }) => options.deaths !== undefined) || name === "runs in the bitmap of pages", name).toBe(true);
  }
});

test("a task is explored as in the tests", () => {
  expect(perform(0)).toMatchObject({ task: 0, executions: 102, failure: "" });
});

test("words choose scenarios by their names, and nothing is written then", () => {
  expect(ordersOf([])).toEqual({ action: "explore", tasks: TASKS.map((_, task) => task), record: true });
  const { tasks, record: written } = ordersOf(["Boehm", "deaths 1"]);
  expect(written).toBe(false);
  expect(tasks).toEqual(TASKS.flatMap(({ one }, task) => (/Boehm|deaths 1/.test(one.name) ? [task] : [])));
  expect(tasks.length).toBeGreaterThan(1);
});

test("a word that chooses nothing is refused, also beside one that does", () => {
  expect(() => ordersOf(["nonsense"])).toThrow(new UsageError('no scenario has "nonsense" in its name'));
  expect(() => ordersOf(["Boehm", "--all", "nonsense"])).toThrow(new UsageError('no scenario has "--all" or "nonsense" in its name'));
});

test.each([
  ["nonsense", 2, "stderr", /^no scenario has "nonsense" in its name; there are\n {2}\S.*usage: npm run explore/s],
  ["--help", 0, "stdout", /^usage: npm run explore.*scenarios:\n {2}\S/s],
] as const)("the command, given %s, ends with %i and says which scenarios there are", (word, status, stream, text) => {
  const ended = spawnSync("npm", ["run", "--silent", "explore", "--", word], { cwd: new URL("../", import.meta.url), encoding: "utf8" });
  expect(ended.status, ended.stderr).toBe(status);
  expect(ended[stream]).toMatch(text);
});

test("what was found is written down, and what went wrong is not hidden", () => {
  const byChance = TASKS.findIndex(({ options }) => options.search !== undefined);
  const text = record([right, { ...right, task: byChance, executions: 7 }], 2);
  expect(text).toContain("5 complete executions of 1 scenarios, exhaustively, and 7 schedules by chance of 1: all right");
  expect(text).toContain(`| ${TASKS[0].protocol} | all |  |  |  |  |`);
  expect(text).toContain(`| ${TASKS[0].one.scenario.name} | all | 0 | 0 |  | 5 | 3 | 20 | right |`);
  expect(summary([{ ...right, failure: "both drew 0" }])).toMatch(/1 went wrong$/);
  expect(record([{ ...right, failure: "both drew 0" }], 2)).toContain("**wrong**");
});
