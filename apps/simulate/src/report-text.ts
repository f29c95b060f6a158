/** What was found, as text: speedups beside those of the papers, what the caches did, and which sentences hold. */
import { COSTS } from "@heapwright/model";
import { CLAIMS, type Claim } from "./claims.js";
import { PAPER_POINTS } from "./papers.js";
import type { Results } from "./results.js";
import { WORKLOADS } from "./workloads.js";

export function reportText(results: Results): string {
  const costs = Object.entries(COSTS).map(([name, cycles]) => `${name} ${cycles}`);
  const parts = results.workloads.map((workload) => `${workloadText(results, workload)}\n`);
  return [`cycles: ${costs.join(", ")}\n`, ...parts, ...claimsText(results)].join("\n");
}

function workloadText(results: Results, workload: string): string {
  const { text, unit } = WORKLOADS.find(({ name }) => name === workload) ?? { text: "", unit: "" };
  const { subjects, cores } = results;
  const points = PAPER_POINTS.filter((point) => point.workload === workload);
  const most = cores[cores.length - 1];
  return [
    workload,
    `  each core: ${text}`,
    "",
    ...table([
      ["  speedup over one core, on", ...cores.map((count) => String(count))],
      ...subjects.map((name) => [`  ${name}`, ...cores.map((count) => results.speedup(name, workload, count).toFixed(2))]),
    ]),
    ...points.map(({ paper, allocator, standIn, cores: count, speedup }) => `  ${paper}, ${count} processors: ${allocator} ${speedup.toFixed(1)} (here ${standIn})`),
    "",
    ...table([
      [`  for each ${unit}`, "cycles on 1", `on ${most}`, "from memory", "from caches", "invalidated", "lock waits", "% waiting", "% for locks"],
      ...subjects.map((name) => [`  ${name}`, ...caches(results, name, workload, most)]),
    ]),
  ].join("\n");
}

function caches(results: Results, name: string, workload: string, cores: number): string[] {
  const { units, cycles, counts } = results.of(name, workload, cores);
  const each = [counts.fromMemory, counts.fromCaches, counts.invalidations, counts.lockWaits].map((count) => (count / units).toFixed(3));
  const parts = [counts.waitCycles, counts.lockWaitCycles].map((waited) => ((100 * waited) / (cycles * cores)).toFixed(0));
  return [(1000 / results.throughput(name, workload, 1)).toFixed(0), ((cycles * cores) / units).toFixed(0), ...each, ...parts];
}

/** Claims about what was simulated. */
function claimsOf(results: Results): Claim[] {
  return CLAIMS.filter(({ subjects, workload, cores }) => results.has(subjects, workload, cores));
}

/** Nothing where no sentence is about what was simulated. */
function claimsText(results: Results): string[] {
  const claims = claimsOf(results);
  if (claims.length === 0) return [];
  const agreed = claims.filter((claim) => claim.holds(results)).length;
  const lines = claims.map((claim) => `${claim.holds(results) ? "agrees " : "DIFFERS"}  ${claim.paper}, ${claim.workload}: ${claim.says}\n         ${claim.seen(results)}\n`);
  const sentences = claims.length === 1 ? "sentence of the papers holds" : "sentences of the papers hold";
  return [[`${agreed} of ${claims.length} ${sentences} here\n\n`, ...lines].join("")];
}

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join("  "));
}
