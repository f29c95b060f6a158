// The command as a user runs it, with little work: what it prints and writes, and that the same gives the same.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { PAPER_POINTS } from "../src/papers.js";
import { run } from "../src/run.js";
import { simulate } from "../src/simulate.js";
import { SUBJECTS } from "../src/subjects.js";
import { WORKLOADS } from "../src/workloads.js";

const folder = mkdtempSync(join(tmpdir(), "heapwright-simulate-"));
afterAll(() => rmSync(folder, { recursive: true }));

function command(...args: string[]): { code: number; out: string; err: string } {
  let [out, err] = ["", ""];
  const code = run(args, { out: { write: (text: string) => (out += text) }, err: { write: (text: string) => (err += text) }, folder });
  return { code, out, err };
}

const TRIO = ["--preset", "michael", "--preset", "hoard", "--preset", "dlmalloc", "--preset", "dlmalloc-mspaces"];

test("curves are printed beside the papers', and written as text and as HTML that needs nothing else", () => {
  const args = [...TRIO, "--workload", "linux-scalability", "--workload", "active-false", "--cores", "2,16", "--percent", "20"];
  const { code, out } = command(...args, "--out", "curves");
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}michael +1\.00 +2\.00 +16\.00$/m);
  expect(out).toMatch(/^ {2}dlmalloc +1\.00 +0\.\d\d +0\.\d\d$/m);
  expect(out).toContain("Michael 2004, 2 processors: libc 0.4 (here dlmalloc)");
  expect(out).toMatch(/agrees {3}Michael 2004, linux-scalability: libc falls to 0\.4 on 2 processors/);
  expect(readFileSync(join(folder, "curves/speedup.txt"), "utf8")).toBe(out);
  const html = readFileSync(join(folder, "curves/speedup.html"), "utf8");
  expect(html.match(/<svg /g)).toHaveLength(2);
  expect(html).not.toMatch(/src=|href=|NaN|undefined/);
  expect(command(...args).out).toBe(out);
});

test("sentences of the papers are told where there are any about what was simulated", () => {
  const args = ["--workload", "linux-scalability", "--cores", "2", "--percent", "5"];
  expect(command("--preset", "slist-pools", ...args).out).not.toContain("of the papers");
  expect(command("--preset", "dlmalloc", ...args).out).toMatch(/\n\n1 of 1 sentence of the papers holds here\n/);
});

test("what makes no sense is refused", () => {
  expect(command("--help")).toMatchObject({ code: 0, err: "" });
  for (const args of [["--preset", "nobody"], ["--workload", "none"], ["--cores", "65"], ["--cores", "1,x"], ["--percent", "0"], ["--unknown"]]) {
    const { code, err } = command(...args);
    expect(code, args.join(" ")).toBe(2);
    expect(err).toContain("usage: npm run simulate");
  }
});

test("a folder that cannot be written to is told before anything is simulated", () => {
  writeFileSync(join(folder, "file"), "");
  const { code, out, err } = command("--preset", "michael", "--workload", "linux-scalability", "--cores", "1", "--out", "file");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^cannot write to \S*\/file: .*\n$/);
});

describe("every preset in every workload", () => {
  const results = simulate({ subjects: SUBJECTS, workloads: WORKLOADS, cores: [1, 4], seed: 3, percent: 10 }, () => undefined);

  test("does its work", () => {
    for (const { name } of SUBJECTS) {
      for (const workload of WORKLOADS) expect(results.speedup(name, workload.name, 4), `${name}, ${workload.name}`).toBeGreaterThan(0);
    }
  });

  test("has as much work on each core, however many there are", () => {
    for (const { name } of WORKLOADS) expect(results.of("michael", name, 4).units).toBe(4 * results.of("michael", name, 1).units);
  });

  test("waits for locks where it has one lock for all, and not where it has none", () => {
    for (const name of ["dlmalloc", "span-malloc", "rtos-heap_2", "rtos-heap_2-coalescing", "rtos-heap_4"]) {
      expect(results.of(name, "linux-scalability", 4).counts.lockWaits, name).toBeGreaterThan(0);
      expect(results.speedup(name, "linux-scalability", 4), name).toBeLessThan(1);
    }
    for (const name of ["heapwright", "michael", "ao-malloc", "ao-malloc-boehm-stack", "slist-pools", "slist-pools-per-thread"]) {
      for (const workload of WORKLOADS) expect(results.of(name, workload.name, 4).counts.lockWaits, name).toBe(0);
    }
  });

  test("shares lines falsely where blocks of all threads come off one list, and not where threads have heaps", () => {
    const invalidations = (name: string): number => results.of(name, "active-false", 4).counts.invalidations / results.of(name, "active-false", 4).units;
    for (const name of ["ao-malloc", "slist-pools", "dlmalloc"]) expect(invalidations(name), name).toBeGreaterThan(0.5);
    for (const name of ["heapwright", "michael", "hoard", "slist-pools-per-thread", "dlmalloc-mspaces"]) expect(invalidations(name), name).toBe(0);
  });
});

test("points of the papers are about presets and workloads that there are", () => {
  for (const { standIn, workload } of PAPER_POINTS) {
    expect(SUBJECTS.map(({ name }) => name)).toContain(standIn);
    expect(WORKLOADS.map(({ name }) => name)).toContain(workload);
  }
});
