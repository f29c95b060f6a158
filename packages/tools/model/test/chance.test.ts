// What is too large to be exhausted, by chance: with the same seeds each time, so that what is found is found again.
// `npm run explore` tries forty times as many.
import { expect, test } from "vitest";
import { explore } from "@heapwright/model";
import { CROWDS } from "./scenarios/crowds.js";

const SCHEDULES = 50_000;

test(`${SCHEDULES} schedules by chance are right`, { timeout: 400_000 }, () => {
  let executions = 0;
  for (const { scenario, options, runs } of CROWDS) {
    for (const search of ["random", "priorities"] as const) {
      const found = explore(scenario, { ...options, search, runs });
      if (found.failure !== undefined) throw found.failure;
      executions += found.executions;
    }
  }
  expect(executions).toBeGreaterThanOrEqual(SCHEDULES);
});
