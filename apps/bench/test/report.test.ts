// What is made of a report: figures, taxonomy, the table of the README, the page.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { figures } from "../src/report/figures.js";
import { pageNumbers } from "../src/report/page-numbers.js";
import { pageOf } from "../src/report/page.js";
import { withTable } from "../src/report/readme-table.js";
import { COLUMNS, taxonomy } from "../src/report/taxonomy.js";
import type { Report } from "../src/runner/report.js";
import { figuresTable, taxonomyTable } from "../src/runner/tables.js";
import { has } from "./has.js";

const KINDS = { heapwright: "preset", "michael-wasm": "preset", "ao-malloc-wasm": "preset", glibc: "native", mimalloc: "native", tcmalloc: "native", "wasm-dlmalloc": "peer" } as const;
const time = (contender: string, workload: string, threads: number, nsPerOperation: number, more = {}): Report["results"][number] =>
  ({ contender, workload, threads, outcome: "measured", nsPerOperation, ...more });
const memory = (residentBytes: number): object => ({ residentBytes, mappedBytes: 2 * residentBytes, liveBytes: 100 });

const REPORT: Report = {
  format: 2, date: "2026-11-21T10:00:00.000Z", command: "npm run bench --", size: "full", repetitions: 3, timeoutMilliseconds: 1, seconds: 61,
  machine: { platform: "linux x64", cpu: "A <fast> CPU", cores: 2, memoryBytes: 2 ** 34 },
  versions: { node: "v20" },
  clock: { warmUpMilliseconds: 1, warmUpRounds: 1, measureMilliseconds: 1, patienceMilliseconds: 1, rounds: 0 },
  contenders: Object.entries(KINDS).map(([name, kind]) => ({ name, kind, maximumThreads: 64, keepsContents: true })),
  skipped: [{ contender: "jemalloc", reason: "libjemalloc2 is not installed" }],
  workloads: ["linux-scalability", "threadtest", "active-false", "trace-a", "trace-b"].map((name) => ({ name, source: "a & b", touches: "</script>", parameters: { pairs: 1000 } })),
  bundle: { minified: 50_000, brotli: 12_000 },
  space: [
    { contender: "heapwright", manyBlocks: { liveBytes: 1000, takenBytes: 1100, metadataBytes: 21 }, handOvers: { few: 1, many: 1.4, alone: 1, circle: 1.9 } },
    { contender: "michael-wasm", manyBlocks: { reason: "refused" }, handOvers: { few: 1, many: 1.4, alone: 1, circle: 2.1 } },
    { contender: "ao-malloc-wasm", manyBlocks: { liveBytes: 1000, takenBytes: 2000 }, handOvers: { few: 4, many: 32, alone: 1, circle: 1 } },
  ],
  results: [
    time("heapwright", "linux-scalability", 1, 8), time("glibc", "linux-scalability", 1, 10), time("mimalloc", "linux-scalability", 1, 8), time("tcmalloc", "linux-scalability", 1, 4),
    time("heapwright", "threadtest", 1, 32), time("glibc", "threadtest", 1, 10), time("wasm-dlmalloc", "threadtest", 1, 128), time("michael-wasm", "linux-scalability", 1, 30), time("ao-malloc-wasm", "linux-scalability", 1, 26),
    time("heapwright", "linux-scalability", 2, 8), time("heapwright", "threadtest", 2, 40), time("heapwright", "active-false", 1, 10), time("heapwright", "active-false", 2, 20),
    time("heapwright", "trace-a", 1, 10, memory(120)), time("glibc", "trace-a", 1, 10, memory(150)), time("mimalloc", "trace-a", 1, 10, memory(200)),
    time("heapwright", "trace-b", 1, 10, memory(120)), time("glibc", "trace-b", 1, 10, memory(110)),
  ],
};
const figure = (report: Report, start: string): object | undefined => figures(report).find(({ what }) => what.startsWith(start));

test("every figure is computed from the report, and compared with its target", () => {
  expect(figure(REPORT, "time by that of glibc, 1")).toEqual({ what: "time by that of glibc, 1 thread", measured: (Math.sqrt(Math.sqrt(0.8 * 3.2))).toFixed(2), target: "at most 0.8", reached: false });
  expect(figure(REPORT, "time by that of glibc, 2")).toMatchObject({ measured: "not measured", reached: undefined });
  expect(figure(REPORT, "time by the best of mimalloc, jemalloc, tcmalloc, 1")).toMatchObject({ measured: Math.sqrt(2).toFixed(2), reached: false });
  expect(figure(REPORT, "time by that of glibc in the worst")).toMatchObject({ measured: "3.20 (threadtest, 1)", reached: false });
  expect(figure(REPORT, "time of wasm-dlmalloc")).toMatchObject({ measured: "4.00", reached: true });
  expect(figure(REPORT, "michael in")).toMatchObject({ measured: "3.00", reached: true });
  expect(figure(REPORT, "ao-malloc in")).toMatchObject({ measured: "2.60", reached: false });
  expect(figure(REPORT, "throughput of 2 threads by that of 1, threadtest")).toMatchObject({ measured: "1.60", reached: false });
  expect(figure(REPORT, "throughput of 2 threads by that of 1, linux")).toMatchObject({ measured: "2.00", reached: true });
  // trace-b is not among the recordings that all three have played
  expect(figure(REPORT, "memory resident")).toMatchObject({ measured: "1.20 / 1.50 / 2.00", reached: true });
  expect(figure(REPORT, "memory mapped")).toMatchObject({ measured: "2.40 / 3.00 / 4.00", reached: true });
  expect(figure(REPORT, "bookkeeping")).toMatchObject({ measured: "2.10 %", reached: false });
  expect(figure(REPORT, "heapwright and all it needs")).toMatchObject({ measured: "12,000 bytes", reached: true });
  expect(figures({ ...REPORT, results: [], space: [] }).filter(({ reached }) => reached !== undefined)).toHaveLength(1);
  expect(figuresTable(REPORT)).toMatch(/bookkeeping .* 2\.10 % +at most 2 % +NO\n/);
});

test("cells of the taxonomy follow their rules", () => {
  const rows = new Map(taxonomy(REPORT).map(({ contender, cells }) => [contender, cells.map(({ verdict, number }) => `${verdict} ${number}`)]));
  expect(COLUMNS).toHaveLength(5);
  expect(rows.get("heapwright")).toEqual(["yes 1.26", "yes 1.79", "yes 1.00", "- ", "O(1) 1.90"].map((text, i) => (i === 2 ? "no 2.00" : text)));
  expect(rows.get("michael-wasm")?.[4]).toBe("O(P) 2.10");
  expect(rows.get("ao-malloc-wasm")?.[4]).toBe("unbounded 32.00");
  expect(rows.get("glibc")?.[4]).toBe("- ");
  expect([...rows.keys()]).not.toContain("wasm-dlmalloc");
  expect(taxonomyTable(REPORT)).toContain("at least 1.6");
});

test("the table of the README has ratios, the machine, the day, and says when the run was short", () => {
  const readme = "a\n<!-- bench: written by `npm run bench`; do not edit -->\nold\n<!-- end of bench -->\nz\n";
  const written = withTable(readme, REPORT);
  expect(written).toMatch(/^a\n<!-- bench.*\| heapwright \| JavaScript \| 1\.26 \|  \| 1\.00 \| 1\.20 \| 2\.40 \|\n.*2026-11-21 by `npm run bench --`.*<!-- end of bench -->\nz\n$/s);
  expect(written).toContain("| wasm-dlmalloc | JavaScript | 13 |  | 4.00 |  |  |");
  expect([written, withTable(readme, { ...REPORT, size: "quick" })].map((text) => text.includes("short run"))).toEqual([false, true]);
  const unrun = [...REPORT.results, { contender: "glibc", workload: "trace-b", threads: 2, outcome: "not run" } as const];
  expect(withTable(readme, { ...REPORT, results: unrun })).toContain(`before 1 of its ${unrun.length} cases`);
  expect(withTable(written, REPORT)).toBe(written);
  expect(() => withTable("no marks", REPORT)).toThrow("no place");
});

test("the page needs nothing else, and says what, how, where and by which rules", async () => {
  const page = await pageOf(REPORT);
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  const outside = page.replace(/<script>.*?<\/script>/s, "");
  expect(outside).not.toMatch(/\s(src|href)="(?!#)/);
  for (const text of ["Heapwright, measured", "A &lt;fast> CPU, 2 cores, 16 GiB", "jemalloc", "2.10 %", "unbounded<small>32.00</small>", "after 32 rounds", "trace-b"]) expect(outside).toContain(text);
  const numbers = /<script id="numbers" type="application\/json">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  expect(JSON.parse(numbers)).toEqual(pageNumbers(REPORT));
  for (const id of ["times", "ratios", "scaling", "resident", "mapped", "bookkeeping", "taken", "hand-overs", "controls"]) expect(page).toContain(`id="${id}"`);
});

test.runIf(has("chromium"))("a browser draws all charts of the page", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-page-"));
  try {
    const file = join(folder, "page.html");
    writeFileSync(file, await pageOf(REPORT));
    const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder}`, "--virtual-time-budget=3000", "--dump-dom", `file://${file}`];
    const drawn = execFileSync("chromium", options, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 25_000 });
    for (const id of ["times", "ratios", "resident", "mapped", "bookkeeping", "taken", "hand-overs"]) expect(drawn).toMatch(new RegExp(`id="${id}"><(svg|figure)`));
    expect(drawn.match(/<div><h3>[a-z-]+<\/h3><svg/g)).toHaveLength(3);
    expect(drawn.match(/type="checkbox"/g)).toHaveLength(REPORT.contenders.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
