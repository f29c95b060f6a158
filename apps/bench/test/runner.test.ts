import { expect, test } from "vitest";
import { RoundClock } from "../src/child/round-clock.js";
import type { Contender } from "../src/contenders/contender.js";
import { ALL_CONTENDERS, lineUp } from "../src/runner/line-up.js";
import { bestNative, ratioTo, timeOf } from "../src/runner/ratios.js";
import { compareChecksums, resultOf, type Result } from "../src/runner/result.js";
import { clockOf, estimateSeconds, repetitionsOf } from "../src/runner/plan.js";
import { readReport } from "../src/runner/run-process.js";
import { runAll } from "../src/runner/schedule.js";
import { parametersOf, parseCommandLine, UsageError } from "../src/runner/settings.js";
import { agree, geometricMean, median } from "../src/runner/statistics.js";
import { memoryTables, ratioTables, timeTables, troubles } from "../src/runner/tables.js";
import { WORKLOADS } from "../src/workloads/all.js";

const contender = (name: string, kind: Contender["kind"], keepsContents = true): Contender => ({ name, kind, maximumThreads: 64, keepsContents });
const measured = (name: string, workload: string, nsPerOperation: number, more: Partial<Result> = {}): Result =>
  ({ contender: name, workload, threads: 1, outcome: "measured", nsPerOperation, checksum: 1, ...more });

test("the command line: names, numbers, and what is usual", () => {
  const full = parseCommandLine([], WORKLOADS, ALL_CONTENDERS);
  expect(full).toMatchObject({ action: "run", size: "full", plan: { threads: [1, 2, 4, 8], repetitions: 3, again: 2, least: 1, manyThreads: 2 }, timeoutMilliseconds: 15_000, keep: "recorded", space: "measured" });
  expect(full.contenders).toEqual(ALL_CONTENDERS);
  expect(full.contenders[0].name).toBe("heapwright");
  const quick = parseCommandLine(["--quick"], WORKLOADS, ALL_CONTENDERS);
  expect([quick.contenders, quick.workloads]).toEqual([full.contenders, full.workloads]);
  expect(quick).toMatchObject({ keep: "for now", plan: { threads: [1, 2], repetitions: 1, again: 0 } });
  expect(quick.budgetMilliseconds).toBeLessThan(120_000);
  const some = parseCommandLine(["--quick", "--only", "larson", "--only", "churn", "--contender", "michael", "--threads", "8,1", "--out", "x"], WORKLOADS, ALL_CONTENDERS);
  expect(some.workloads.map(({ name }) => name)).toEqual(["larson", "churn"]);
  expect(some).toMatchObject({ contenders: [{ name: "michael" }], plan: { threads: [8, 1], compared: ["michael"], manyThreads: 64 }, out: "x", space: "left out" });
  expect(parseCommandLine(["--report", "a.json"], WORKLOADS, ALL_CONTENDERS)).toMatchObject({ action: "report", report: "a.json", keep: "for now" });
  expect(parseCommandLine(["--repetitions", "5"], WORKLOADS, ALL_CONTENDERS)).toMatchObject({ plan: { repetitions: 5, again: 0, least: 5 }, keep: "for now", budgetMilliseconds: Infinity });
  const [larson] = some.workloads;
  expect(parametersOf(larson, "quick")).toEqual({ ...larson.parameters, ...larson.quick });
});

test.each([[["--only", "nothing"], "no workload nothing"], [["--contender", "ptmalloc"], "no contender ptmalloc"], [["--threads", "0"], "--threads"], [["--repetitions", "many"], "--repetitions"], [["--fast"], "--fast"]])(
  "%j makes no sense", (args, message) => {
    expect(() => parseCommandLine(args, WORKLOADS, ALL_CONTENDERS)).toThrow(UsageError);
    expect(() => parseCommandLine(args, WORKLOADS, ALL_CONTENDERS)).toThrow(message);
  });

test("what is compared most runs often and with many threads, the rest once", () => {
  const plan = { threads: [1, 2, 4], repetitions: 3, again: 2, least: 1, manyThreads: 2, compared: ["ours"] };
  const times = (name: string, maximumThreads: number): number[] => plan.threads.map((threads) => repetitionsOf(plan, { ...contender(name, "preset"), maximumThreads }, WORKLOADS[0], threads));
  expect([times("ours", 64), times("other", 64), times("ours", 1)]).toEqual([[3, 3, 1], [1, 1, 0], [3, 0, 0]]);
  const [recording] = WORKLOADS.filter(({ recording: name }) => name !== undefined);
  expect(plan.threads.map((threads) => repetitionsOf(plan, contender("other", "preset"), recording, threads))).toEqual([1, 0, 0]);
  expect(plan.threads.map((threads) => repetitionsOf(plan, contender("ours", "preset"), recording, threads))).toEqual([3, 3, 0]);
  const [follows] = WORKLOADS.filter(({ followsAddresses }) => followsAddresses);
  expect([true, false].map((keeps) => plan.threads.map((threads) => repetitionsOf(plan, contender("ours", "floor", keeps), follows, threads)))).toEqual([[3, 3, 1], [3, 0, 0]]);
  const [entry] = [{ workload: WORKLOADS[0], parameters: {} }];
  const clock = { warmUpMilliseconds: 500, warmUpRounds: 1, measureMilliseconds: 500, patienceMilliseconds: 0, rounds: 0 };
  const { runs, seconds } = estimateSeconds(plan, [entry], [contender("ours", "preset"), contender("other", "preset")], "one a run", clock);
  expect(runs).toBe(9);
  expect(seconds).toBeGreaterThan(9);
  expect(estimateSeconds(plan, [entry], [contender("ours", "preset")], "standing", clock).seconds).toBeLessThan(seconds);
});

test("JavaScript has longer to warm up, and the longer the more threads it is compiled for", () => {
  const clock = { warmUpMilliseconds: 100, warmUpRounds: 3, measureMilliseconds: 50, patienceMilliseconds: 400, rounds: 0 };
  const warmUp = (kind: Contender["kind"], threads: number): number => clockOf(kind, clock, threads).warmUpMilliseconds;
  expect([warmUp("native", 8), warmUp("preset", 1), warmUp("peer", 1), warmUp("preset", 2)]).toEqual([100, 400, 400, 800]);
  expect(clockOf("preset", clock, 2)).toEqual({ ...clock, warmUpMilliseconds: 800 });
});

test("rounds count after the warm-up, for as long as is asked", () => {
  const times = { warmUpMilliseconds: 10, warmUpRounds: 1, measureMilliseconds: 10, patienceMilliseconds: 50, rounds: 0 };
  const clock = new RoundClock(times);
  expect([6, 6, 6, 6].map((milliseconds) => clock.goesOnAfter(milliseconds))).toEqual([true, true, true, false]);
  expect(clock.counted).toEqual([6e6, 6e6]);
  const careful = new RoundClock({ ...times, warmUpRounds: 3 });
  expect([20, 20, 20, 20].map((milliseconds) => careful.goesOnAfter(milliseconds))).toEqual([true, true, true, false]);
  const exact = new RoundClock({ ...times, rounds: 2 });
  expect([exact.goesOnAfter(1), exact.goesOnAfter(100)]).toEqual([true, false]);
});

test("one slow round of the warm-up decides nothing, two in a row count, and one without end does", () => {
  const times = { warmUpMilliseconds: 10, warmUpRounds: 2, measureMilliseconds: 10, patienceMilliseconds: 50, rounds: 0 };
  const played = (rounds: readonly number[], clock = times): { goesOn: boolean[]; counted: readonly number[] } => {
    const one = new RoundClock(clock);
    return { goesOn: rounds.map((milliseconds) => one.goesOnAfter(milliseconds)), counted: one.counted.map((nanoseconds) => nanoseconds / 1e6) };
  };
  expect(played([300, 6, 6, 6])).toEqual({ goesOn: [true, true, true, false], counted: [6, 6] });
  expect(played([300, 70])).toEqual({ goesOn: [true, false], counted: [300, 70] });
  expect(played([300, 6, 70, 6, 6], { ...times, warmUpRounds: 3 })).toEqual({ goesOn: [true, true, true, true, false], counted: [6, 6] });
  expect(played([300, 70], { ...times, warmUpRounds: 1 })).toEqual({ goesOn: [true, false], counted: [300, 70] });
  expect(played([501])).toEqual({ goesOn: [false], counted: [501] });
  expect(played([300, 501])).toEqual({ goesOn: [true, false], counted: [300, 501] });
});

test("reports are the last line; anything else is a failure that says what was said", () => {
  const report = { outcome: "cannot", reason: "full" };
  expect(readReport(`noise\n${JSON.stringify(report)}\n`, "", "")).toEqual(report);
  expect(readReport("", "Segmentation fault\n", "ended with SIGSEGV")).toEqual({ outcome: "failed", reason: "ended with SIGSEGV: Segmentation fault" });
  expect(readReport(JSON.stringify(report), "", "ended with code 1")).toMatchObject({ outcome: "failed" });
  expect(readReport("{}", "", "")).toEqual({ outcome: "failed", reason: "printed no report" });
  expect(readReport(JSON.stringify(report), "ERROR: ld.so: object 'x' cannot be preloaded: ignored.", "")).toMatchObject({ outcome: "failed" });
});

test("a sample is the median round, by what one thread does in it", () => {
  const outcomes = [[100, 900, 200], [400]].map((roundNanoseconds) => ({ outcome: "measured" as const, roundNanoseconds, calls: 10, checksum: 7 }));
  const about = { contender: contender("a", "preset"), workload: "w", threads: 2, liveBytes: undefined };
  expect(resultOf({ ...about, outcomes })).toEqual({
    contender: "a", workload: "w", threads: 2, outcome: "measured", samples: [40, 80], nsPerOperation: 60, operationsPerSecond: 2e9 / 60, rounds: 4, callsPerRound: 10, checksum: 7,
  });
  expect(resultOf({ ...about, outcomes: [...outcomes, { outcome: "timeout", reason: "late" }] })).toMatchObject({ outcome: "timeout", reason: "late" });
  expect(resultOf({ ...about, outcomes: [] })).toMatchObject({ outcome: "not run" });
});

test("who reads something else than the first has failed, but for those that keep nothing", () => {
  const results = [measured("a", "w", 1), measured("b", "w", 1, { checksum: 2 }), measured("floor", "w", 1, { checksum: 3 }), measured("b", "v", 1, { checksum: 2 })];
  const compared = compareChecksums(results, (name) => name !== "floor");
  expect(compared.map(({ outcome }) => outcome)).toEqual(["measured", "failed", "measured", "measured"]);
  expect(compared[1].reason).toContain("other contents than with a");
});

test("averages", () => {
  expect([agree([110, 100]), agree([100, 111, 111]), agree([5]), agree([])]).toEqual([true, false, true, true]);
  expect([median([3, 1, 2]), median([4, 1]), geometricMean([1, 4]), geometricMean([])]).toEqual([2, 2.5, 2, undefined]);
});

const CONTENDERS = [contender("ours", "preset"), contender("glibc", "native"), contender("x", "native"), contender("y", "native"), contender("bump", "floor", false)];
const RESULTS = [
  measured("ours", "v", 10), measured("glibc", "v", 20), measured("x", "v", 5), measured("y", "v", 40),
  measured("ours", "w", 80), measured("glibc", "w", 40), measured("x", "w", 30), measured("y", "w", 20),
];

test("ratios are taken workload by workload", () => {
  expect(ratioTo(timeOf(RESULTS, "glibc"), RESULTS, "ours", 1)).toEqual({ contender: "ours", threads: 1, mean: 1, workloads: 2, worst: { workload: "w", ratio: 2 } });
  expect(ratioTo(bestNative(RESULTS, CONTENDERS, "glibc"), RESULTS, "ours", 1)).toMatchObject({ mean: expect.closeTo(Math.sqrt(8)) as number, worst: { workload: "w", ratio: 4 } });
  expect(ratioTo(timeOf(RESULTS, "none"), RESULTS, "ours", 1)).toMatchObject({ mean: undefined, workloads: 0 });
});

test("tables", () => {
  const live = { liveBytes: 100, residentBytes: 150, mappedBytes: 250 };
  const results = [...RESULTS, { ...measured("ours", "trace-a", 1000), ...live }, { contender: "x", workload: "trace-a", threads: 1, outcome: "timeout", reason: "late" } as const];
  const report = { contenders: CONTENDERS, results, skipped: [{ contender: "z", reason: "not installed" }] };
  expect(timeTables(report)).toMatch(/^ns per operation, 1 thread\n +ours +glibc +x +y\nv +10\.0 +20\.0 +5\.00 +40\.0\n/);
  expect(timeTables(report)).toMatch(/\ntrace-a +1,000 +timeout\n$/);
  expect(ratioTables(report)).toMatch(/ours +1\.00 +2\.00 w +2\.83 +4\.00 w +3/);
  expect(memoryTables(report)).toMatch(/^Most memory resident .*\n +ours\ntrace-a +1\.50\ngeometric mean +1\.50\n\nMost memory mapped .*\n +ours\ntrace-a +2\.50\n/);
  expect(memoryTables({ contenders: CONTENDERS, results: RESULTS })).toBe("");
  expect(troubles(report)).toBe("skipped z: not installed\ntimeout x: late: trace-a (1)\n");
});

test("who is not installed is left out by name, and says what is missing", () => {
  const path = process.env.PATH;
  const nowhere = new URL("file:///nowhere");
  try {
    process.env.PATH = "/no/such/folder";
    const { runners, absentees } = lineUp(ALL_CONTENDERS, { child: nowhere, worker: nowhere, space: nowhere });
    expect(Object.fromEntries(absentees.map(({ contender: name, reason }) => [name, reason]))).toEqual({
      glibc: "gcc is not installed", mimalloc: "gcc is not installed", jemalloc: "gcc is not installed", tcmalloc: "gcc is not installed",
      "native-bump": "gcc is not installed", "wasm-dlmalloc": "clang is not installed",
    });
    expect(runners.map(({ contender: { name } }) => name)).toContain("heapwright");
    expect(runners).toHaveLength(ALL_CONTENDERS.length - absentees.length);
  } finally {
    process.env.PATH = path;
  }
});

test("contenders take turns, those that fail are not asked again, and nothing begins after the end", async () => {
  const [larson] = WORKLOADS.filter(({ name }) => name === "larson");
  const begun: string[] = [];
  const echo = (report: unknown) => () => ({ program: "echo", args: [JSON.stringify(report)], environment: {} });
  const runners = [
    { contender: CONTENDERS[0], command: echo({ outcome: "measured", roundNanoseconds: [1], calls: 1, checksum: 1 }) },
    { contender: { ...CONTENDERS[1], maximumThreads: 1 }, command: echo({ outcome: "failed", reason: "broke" }) },
  ];
  const clock = { warmUpMilliseconds: 0, warmUpRounds: 0, measureMilliseconds: 0, patienceMilliseconds: 0, rounds: 1 };
  const plan = { threads: [1, 2], repetitions: 2, again: 0, least: 2, manyThreads: 64, compared: [] };
  const schedule = { entries: [{ workload: larson, parameters: {} }], runners, plan, processes: "one a run" as const, clock, timeoutMilliseconds: 5000, deadline: Infinity };
  const cases = await runAll(schedule, { begins: (_done, _all, name) => begun.push(name) });
  expect(begun).toEqual(["1: ours (1", "1: glibc (1", "2: ours (1", "1: ours (2", "2: ours (2"].map((text) => `larson, threads ${text} of 2)`));
  expect(cases.map(({ outcomes }) => outcomes.length)).toEqual([2, 1, 2]);
  const late = await runAll({ ...schedule, deadline: 0 }, { begins: () => {} });
  expect(late.map(({ outcomes }) => outcomes.length)).toEqual([0, 0, 0]);
});

test("whoever's repetitions do not agree is run again, until they do or it has been enough", async () => {
  const [larson] = WORKLOADS.filter(({ name }) => name === "larson");
  const taking = (...nanoseconds: number[]) => () =>
    ({ program: "echo", args: [JSON.stringify({ outcome: "measured", roundNanoseconds: [nanoseconds.shift()], calls: 1, checksum: 1 })], environment: {} });
  const runners = [
    { contender: contender("calm", "preset"), command: taking(105, 100, 200) },
    { contender: contender("restless", "preset"), command: taking(150, 100, 200, 101, 101) },
    { contender: contender("better soon", "preset"), command: taking(200, 100, 100) },
    { contender: contender("never calm", "preset"), command: taking(1, 2, 4, 8, 16) },
    { contender: contender("once", "preset"), command: taking(7) },
    { contender: contender("broken", "preset"), command: () => ({ program: "echo", args: [JSON.stringify({ outcome: "failed", reason: "broke" })], environment: {} }) },
  ];
  const clock = { warmUpMilliseconds: 0, warmUpRounds: 0, measureMilliseconds: 0, patienceMilliseconds: 0, rounds: 1 };
  const plan = { threads: [1], repetitions: 3, again: 2, least: 1, manyThreads: 2, compared: runners.slice(0, 4).map(({ contender: { name } }) => name) };
  const told: number[][] = [];
  const cases = await runAll(
    { entries: [{ workload: larson, parameters: {} }], runners, plan, processes: "one a run", clock, timeoutMilliseconds: 5000, deadline: Infinity },
    { begins: (done, all) => told.push([done, all]) },
  );
  expect(cases.map((one) => resultOf(one).nsPerOperation)).toEqual([105, 101, 100, 4, 7, undefined]);
  expect(cases.map(({ outcomes }) => outcomes.length)).toEqual([3, 5, 3, 5, 1, 1]);
  expect(told.map(([done]) => done)).toEqual(told.map((_, i) => i));
  expect(told.at(-1)).toEqual([17, 18]);
});
