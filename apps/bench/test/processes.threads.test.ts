// Real processes: JavaScript and C play the same, and the whole benchmark runs with tiny numbers.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "@heapwright/workers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsContenderNamed } from "../src/contenders/in-javascript.js";
import { NATIVE_CONTENDERS } from "../src/contenders/native.js";
import { ALL_CONTENDERS, lineUp, type ChildBundles } from "../src/runner/line-up.js";
import type { Runner } from "../src/runner/runner.js";
import { readReportFile } from "../src/runner/report.js";
import { runProcess, type Outcome } from "../src/runner/run-process.js";
import { runSpace } from "../src/runner/run-space.js";
import { parseCommandLine } from "../src/runner/settings.js";
import { StandingProcess } from "../src/runner/standing-process.js";
import { measure, suiteCommand } from "../src/runner/suite-command.js";
import { WORKLOADS } from "../src/workloads/all.js";
import type { Workload } from "../src/workloads/workload.js";
import { has } from "./has.js";

const folder = mkdtempSync(join(tmpdir(), "bench-test-"));
const ROUNDS = { warmUpMilliseconds: 0, warmUpRounds: 0, measureMilliseconds: 0, patienceMilliseconds: 0, rounds: 2 };
const TIMEOUT = 20_000;
const SYNTHETIC = WORKLOADS.filter(({ recording }) => recording === undefined);
const tinyOf = ({ parameters, tiny }: Workload): Workload["parameters"] => ({ ...parameters, ...tiny });
const err = { write: () => true };

let bundles: ChildBundles;
beforeAll(async () => {
  const [child, worker, space] = await Promise.all(["child/main", "child/worker", "space/main"].map((name) => bundleWorker(new URL(`../src/${name}.ts`, import.meta.url))));
  bundles = { child, worker, space };
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

test("every workload is played by three threads on heapwright, all in one process", async () => {
  const { standing } = onlyRunner("heapwright");
  if (standing === undefined) throw new Error("JavaScript is played in a process of its own for each run only");
  const process = new StandingProcess(standing.command);
  for (const workload of SYNTHETIC) {
    const task = { workload: workload.name, threads: THREADS, parameters: tinyOf(workload), clock: ROUNDS };
    const outcome = await process.ask(standing.request(task), TIMEOUT);
    expect([workload.name, outcome]).toMatchObject([workload.name, { outcome: "measured", roundNanoseconds: [expect.any(Number), expect.any(Number)] }]);
    inJavaScript.set(workload.name, outcome);
  }
  process.end();
});

test("a standing process is replaced when it hangs or ends", async () => {
  const echo = `let n = 0; process.stdin.on("data", (line) => { const { say } = JSON.parse(line); if (say === "end") process.exit(3); if (say === "hang") return; console.log(JSON.stringify({ outcome: "cannot", reason: say + ++n })); });`;
  const standing = new StandingProcess({ program: process.execPath, args: ["-e", echo], environment: {} });
  const ask = (say: string, milliseconds = TIMEOUT): Promise<Outcome> => standing.ask({ say }, milliseconds);
  expect(await ask("a")).toEqual({ outcome: "cannot", reason: "a1" });
  expect(await ask("b")).toEqual({ outcome: "cannot", reason: "b2" });
  expect(await ask("end")).toEqual({ outcome: "failed", reason: "ended with 3" });
  expect(await ask("c")).toEqual({ outcome: "cannot", reason: "c1" });
  expect(await ask("hang", 300)).toMatchObject({ outcome: "timeout" });
  expect(await ask("d")).toEqual({ outcome: "cannot", reason: "d1" });
  standing.end();
  expect(await new StandingProcess({ program: "no-such-program", args: [], environment: {} }).ask({}, TIMEOUT)).toMatchObject({ outcome: "failed" });
});

describe.runIf(has("gcc"))("the C program", () => {
  test.each(SYNTHETIC)("makes the same calls and reads the same as JavaScript in $name", async (workload) => {
    const { calls, checksum } = inJavaScript.get(workload.name) as { calls: number; checksum: number };
    expect(await play(onlyRunner("glibc"), workload, THREADS)).toMatchObject({ outcome: "measured", calls, checksum });
  });

  test("plays a recording as JavaScript does, and both tell what they took", async () => {
    const usual = parseCommandLine(["--only", "trace-ripgrep", "--contender", "heapwright", "--contender", "glibc"], WORKLOADS, ALL_CONTENDERS);
    const { results } = await measure([], { ...usual, plan: { ...usual.plan, threads: [1, 2], repetitions: 1 }, clock: ROUNDS }, { err, bundles }, tinyOf);
    const played = (contender: string): object => ({ outcome: "measured", contender });
    expect(results).toMatchObject(["heapwright", "glibc", "heapwright", "glibc"].map(played));
    expect([results[1].checksum, results[3].checksum]).toEqual([results[0].checksum, results[2].checksum]);
    for (const { liveBytes = NaN, mappedBytes = NaN, residentBytes = process.platform === "linux" ? NaN : liveBytes } of results.slice(0, 2)) {
      expect(residentBytes).toBeGreaterThanOrEqual(liveBytes);
      expect(mappedBytes).toBeGreaterThanOrEqual(residentBytes);
    }
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
  const report = await measure([], { ...usual, clock: ROUNDS }, { err, bundles }, tinyOf);
  const absent = report.skipped.map(({ contender }) => contender);
  const expected = usual.contenders.filter(({ name }) => !absent.includes(name));
  expect(report.contenders.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  expect(absent.filter((name) => !NATIVE_CONTENDERS.some((native) => native.name === name) && !name.startsWith("wasm-"))).toEqual([]);
  // its pools have fewer blocks of one size, and do not grow
  expect(report.results.filter(({ outcome, contender }) => outcome !== (contender === "slist-pools" ? "cannot" : "measured"))).toEqual([]);
  const alone = expected.filter(({ maximumThreads }) => maximumThreads === 1).length;
  expect(report.results).toHaveLength(2 * expected.length - alone);
  expect(report.results[0]).toMatchObject({ contender: "heapwright", threads: 1, samples: [expect.any(Number)], rounds: 2 });
});

test("the command writes a report and its page, and prints the tables; and again from the report", async () => {
  let out = "";
  const readme = join(folder, "README.md");
  writeFileSync(readme, "before <!-- bench: written by `npm run bench`; do not edit -->\n<!-- end of bench --> behind");
  const args = ["--quick", "--only", "realloc-growth", "--contender", "heapwright", "--contender", "bump", "--threads", "1", "--repetitions", "1", "--out", "results"];
  const around = { out: { write: (text: string) => (out += text) }, err, bundles, readme, folder };
  expect(await suiteCommand(args, around)).toBe(0);
  expect(out).toMatch(/ns per operation, 1 thread\n +heapwright +bump\nrealloc-growth +[\d.,]+ +[\d.,]+\n/);
  const [page, file, ...others] = readdirSync(join(folder, "results")).sort();
  expect([others, file.replace(".json", ".html")]).toEqual([[], page]);
  const report = readReportFile(join(folder, "results", file));
  expect(report).toMatchObject({ format: 2, command: `npm run bench -- ${args.join(" ")}`, space: [], size: "quick", skipped: [], versions: { node: process.version } });
  expect(report.results).toHaveLength(2);
  expect(readFileSync(readme, "utf8")).toMatch(/do not edit -->\n<!-- end/);
  const printed = out;
  out = "";
  expect(await suiteCommand(["--report", join("results", file), "--record", "--out", "results"], around)).toBe(0);
  expect(out.slice(0, out.indexOf("Figures"))).toBe(printed.slice(0, printed.indexOf("Figures")));
  expect(readReportFile(join(folder, "results", "recorded.json"))).toEqual(report);
  expect(readFileSync(join(folder, "results", "recorded.html"), "utf8")).toBe(readFileSync(join(folder, "results", page), "utf8"));
  expect(readFileSync(readme, "utf8")).toMatch(/^before .*\| heapwright \| JavaScript \|.*It was a short run.* behind$/s);
});

test("what cannot be read or written is told in a line, before anything is run", async () => {
  writeFileSync(join(folder, "file"), "");
  const reports = { "cut.json": '{\n"format":', "empty.json": "{}", "null.json": "null", "headless.json": '{ "format": 2 }' };
  for (const [name, text] of Object.entries(reports)) writeFileSync(join(folder, name), text);
  const reading = ["absent.json", ...Object.keys(reports)].map((name) => ({ args: ["--report", name], told: name }));
  for (const { args, told } of [...reading, { args: ["--quick", "--only", "churn", "--contender", "bump", "--out", "file"], told: "file" }]) {
    const texts = { out: "", err: "" };
    const around = { out: { write: (text: string) => (texts.out += text) }, err: { write: (text: string) => (texts.err += text) }, bundles, readme: "", folder };
    expect(await suiteCommand(args, around), told).toBe(2);
    expect(texts.out).toBe("");
    expect(texts.err).toMatch(/^.+\n$/);
    expect(texts.err).toContain(join(folder, told));
  }
});

test.each(["heapwright", "glibc"])("space of %s is measured", async (name) => {
  const runners = [name].map(onlyRunner).filter((runner) => runner !== undefined);
  const [space] = await runSpace(runners, { begins: () => {} });
  if (runners.length > 0) expect(space).toMatchObject({ contender: name, manyBlocks: { liveBytes: 16e6, takenBytes: expect.any(Number) } });
});

test("one process has one contender, and asking for another is an error", () => {
  expect(() => jsContenderNamed("glibc")).toThrow(RangeError);
});
