// Real processes: JavaScript and C play the same, and the whole benchmark runs with tiny numbers.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "@heapwright/workers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsContenderNamed } from "../src/contenders/in-javascript.js";
import { NATIVE_CONTENDERS } from "../src/contenders/native.js";
import { firstLine } from "../src/runner/build.js";
import { ALL_CONTENDERS, lineUp, type ChildBundles, type Runner } from "../src/runner/line-up.js";
import type { Report } from "../src/runner/report.js";
import { runProcess, type Outcome } from "../src/runner/run-process.js";
import { parseCommandLine } from "../src/runner/settings.js";
import { measure, suiteCommand } from "../src/runner/suite-command.js";
import { WORKLOADS } from "../src/workloads/all.js";
import type { Workload } from "../src/workloads/workload.js";

const folder = mkdtempSync(join(tmpdir(), "bench-test-"));
const ROUNDS = { warmUpMilliseconds: 0, warmUpRounds: 0, measureMilliseconds: 0, patienceMilliseconds: 0, rounds: 2 };
const TIMEOUT = 20_000;
const SYNTHETIC = WORKLOADS.filter(({ recording }) => recording === undefined);
const tinyOf = ({ parameters, tiny }: Workload): Workload["parameters"] => ({ ...parameters, ...tiny });
const err = { write: () => true };

let bundles: ChildBundles;
beforeAll(async () => {
  const [child, worker] = await Promise.all(["main", "worker"].map((name) => bundleWorker(new URL(`../src/child/${name}.ts`, import.meta.url))));
  bundles = { child, worker };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function play(runner: Runner, workload: Workload, threads: number): Promise<Outcome> {
  return runProcess(runner.command({ workload: workload.name, threads, parameters: tinyOf(workload), clock: ROUNDS }), TIMEOUT);
}

function onlyRunner(contender: string): Runner {
  const { runners } = lineUp(ALL_CONTENDERS.filter(({ name }) => name === contender), bundles);
  return runners[0];
}

const THREADS = 3;
const inJavaScript = new Map<string, Outcome>();

test.each(SYNTHETIC)("$name is played by three threads on heapwright", async (workload) => {
  const outcome = await play(onlyRunner("heapwright"), workload, THREADS);
  expect(outcome).toMatchObject({ outcome: "measured", roundNanoseconds: [expect.any(Number), expect.any(Number)] });
  inJavaScript.set(workload.name, outcome);
});

describe.runIf(has("gcc"))("the C program", () => {
  test.each(SYNTHETIC)("makes the same calls and reads the same as JavaScript in $name", async (workload) => {
    const { calls, checksum } = inJavaScript.get(workload.name) as { calls: number; checksum: number };
    expect(await play(onlyRunner("glibc"), workload, THREADS)).toMatchObject({ outcome: "measured", calls, checksum });
  });

  test("plays a recording as JavaScript does", async () => {
    const usual = parseCommandLine(["--only", "trace-ripgrep", "--contender", "heapwright", "--contender", "glibc"], WORKLOADS, ALL_CONTENDERS);
    const { results } = await measure([], { ...usual, threads: [2], clock: ROUNDS, repetitions: 1 }, { out: err, err, bundles });
    expect(results).toMatchObject([{ outcome: "measured", contender: "heapwright" }, { outcome: "measured", contender: "glibc" }]);
    expect(results[1].mappedBytes).toBeGreaterThan(results[1].liveBytes ?? Infinity);
  });
});

test("a contender that cannot serve a workload is told from one that fails", async () => {
  const [workload] = WORKLOADS.filter(({ name }) => name === "churn");
  expect(await play(onlyRunner("slist-pools"), workload, 2)).toMatchObject({ outcome: "cannot", reason: expect.stringContaining("not served") as string });
  const { command } = onlyRunner("heapwright");
  const nonsense = command({ workload: "churn", threads: 1, parameters: { blocks: -1, replacements: 1 }, clock: ROUNDS });
  expect(await runProcess(nonsense, TIMEOUT)).toMatchObject({ outcome: "failed" });
  expect(await runProcess({ program: "no-such-program", args: [], environment: {} }, TIMEOUT)).toMatchObject({ outcome: "failed" });
  const endless = command({ workload: "churn", threads: 1, parameters: tinyOf(workload), clock: { ...ROUNDS, rounds: 2 ** 30 } });
  expect(await runProcess(endless, 500)).toMatchObject({ outcome: "timeout" });
});

test("a library that cannot be preloaded is no contender", async () => {
  const { command } = onlyRunner("heapwright");
  const one = command({ workload: "threadtest", threads: 1, parameters: { iterations: 1, objects: 1, bytes: 8 }, clock: ROUNDS });
  expect(await runProcess({ ...one, environment: { LD_PRELOAD: "/no/such/library.so" } }, TIMEOUT)).toMatchObject({ outcome: "failed" });
});

test("the whole of it, with tiny numbers and everybody who is installed", async () => {
  const usual = parseCommandLine(["--quick", "--only", "threadtest"], WORKLOADS, ALL_CONTENDERS);
  const report = await measure([], { ...usual, clock: ROUNDS, repetitions: 2 }, { out: err, err, bundles }, tinyOf);
  const absent = report.skipped.map(({ contender }) => contender);
  const expected = usual.contenders.filter(({ name }) => !absent.includes(name));
  expect(report.contenders.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  expect(absent.filter((name) => !NATIVE_CONTENDERS.some((native) => native.name === name) && !name.startsWith("wasm-"))).toEqual([]);
  expect(report.results.filter(({ outcome }) => outcome !== "measured")).toEqual([]);
  const alone = expected.filter(({ maximumThreads }) => maximumThreads === 1).length;
  expect(report.results).toHaveLength(2 * expected.length - alone);
  expect(report.results[0]).toMatchObject({ contender: "heapwright", threads: 1, samples: [expect.any(Number), expect.any(Number)], rounds: 4 });
});

test("the command writes a report and prints the tables", async () => {
  let out = "";
  const args = ["--quick", "--only", "realloc-growth", "--contender", "heapwright", "--contender", "bump", "--threads", "1", "--repetitions", "1", "--out", folder];
  expect(await suiteCommand(args, { out: { write: (text) => (out += text) }, err, bundles })).toBe(0);
  expect(out).toMatch(/ns per operation, 1 thread\n +heapwright +bump\nrealloc-growth +[\d.,]+ +[\d.,]+\n/);
  const [file] = readdirSync(folder);
  const report = JSON.parse(readFileSync(join(folder, file), "utf8")) as Report;
  expect(report).toMatchObject({ format: 1, command: `npm run bench -- ${args.join(" ")}`, size: "quick", skipped: [], versions: { node: process.version } });
  expect(report.results).toHaveLength(2);
});

test("one process has one contender, and asking for another is an error", () => {
  expect(() => jsContenderNamed("glibc")).toThrow(RangeError);
});

function has(program: string): boolean {
  try {
    return firstLine(program, "--version") !== "";
  } catch {
    return false;
  }
}
