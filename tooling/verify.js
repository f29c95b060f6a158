// npm test: every check of this repository, each named, timed and judged, whatever the others did. What is quick and says nothing
// unless it fails runs side by side, all else alone: tests start threads of their own. Closes with the totals of the tests on a
// line of their own, which is kept for those who have more to say after it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "./repository.js";
import { run, runBeside } from "./run.js";

const RESULTS = join(CACHE, "heapwright-tests.json");
const TOTALS = join(CACHE, "heapwright-totals.txt");

/** @typedef {readonly [title: string, program: string, ...args: string[]]} Step */

/** @type {readonly Step[]} */
const QUIET = [
  ["lint", "npm", "run", "--silent", "lint"],
  ["types", "npm", "run", "--silent", "types"],
  ["unused code and dependencies", "npm", "run", "--silent", "lint:unused"],
];

/** @type {readonly Step[]} */
const REST = [
  ["tests", "npx", "--no-install", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`],
  ["size", "npm", "run", "--silent", "size"],
  ["packages", "npm", "run", "--silent", "check:packages"],
];

mkdirSync(CACHE, { recursive: true });
rmSync(RESULTS, { force: true });
rmSync(TOTALS, { force: true });

console.log(`\n== ${QUIET.map(([title]) => title).join("; ")}`);
const verdicts = await Promise.all(QUIET.map((step) => judge(step, runBeside)));
for (const step of REST) {
  console.log(`\n== ${step[0]}`);
  verdicts.push(await judge(step, run));
}

console.log(`\n${verdicts.join("\n")}\n`);
console.log(totals());
writeFileSync(TOTALS, `${totals()}\n`);
if (verdicts.some((verdict) => verdict.startsWith("FAILED"))) process.exitCode = 1;

/**
 * @param {Step} step
 * @param {typeof run | typeof runBeside} how
 * @returns {Promise<string>} the verdict, what it is of, and how long it took
 */
async function judge([title, program, ...args], how) {
  const since = performance.now();
  let verdict = "ok";
  try {
    await how(program, args, ROOT);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    verdict = "FAILED";
  }
  return `${verdict.padEnd(7)} ${title} (${((performance.now() - since) / 1000).toFixed(1)} s)`;
}

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
