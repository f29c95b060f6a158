// npm test: every check of this repository, one after the other, each named, timed and judged, whatever the others did.
// Closes with the totals of the tests on a line of their own, which is kept for those who have more to say after it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "./repository.js";
import { run } from "./run.js";

const RESULTS = join(CACHE, "heapwright-tests.json");
const TOTALS = join(CACHE, "heapwright-totals.txt");

/** @type {readonly (readonly [title: string, program: string, ...args: string[]])[]} */
const STEPS = [
  ["types", "npm", "run", "--silent", "types"],
  ["lint", "npm", "run", "--silent", "lint"],
  ["unused code and dependencies", "npm", "run", "--silent", "lint:unused"],
  ["tests", "npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`],
  ["size", "npm", "run", "--silent", "size"],
  ["packages", "npm", "run", "--silent", "check:packages"],
];

mkdirSync(CACHE, { recursive: true });
rmSync(RESULTS, { force: true });
rmSync(TOTALS, { force: true });

const verdicts = STEPS.map(([title, program, ...args]) => {
  const since = performance.now();
  console.log(`\n== ${title}`);
  let verdict = "ok";
  try {
    run(program, args, ROOT);
  } catch {
    verdict = "FAILED"; // the step has said why
  }
  return `${verdict.padEnd(7)} ${title} (${((performance.now() - since) / 1000).toFixed(1)} s)`;
});

console.log(`\n${verdicts.join("\n")}\n`);
console.log(totals());
writeFileSync(TOTALS, `${totals()}\n`);
if (verdicts.some((verdict) => verdict.startsWith("FAILED"))) process.exitCode = 1;

/** @returns {string} as `12 passed, 0 failed` */
function totals() {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(readFileSync(RESULTS, "utf8"));
    // A file that does not even load has no failed tests, but is a failed suite.
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    return `${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`;
  } catch {
    return "0 passed, 1 failed";
  }
}
