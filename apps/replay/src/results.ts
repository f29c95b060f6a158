/**
 * The results as files: JSON for programs, with everything that was measured and where, and Markdown for people.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { RunResult } from "./run.js";
import { asMarkdown, resultTable } from "./table.js";

/** Where and how the results came about. */
export interface Circumstances {
  readonly date: string;
  readonly command: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Versions of the packages under test. */
  readonly packages: Readonly<Record<string, string>>;
}

export function circumstances(args: readonly string[], presets: readonly string[]): Circumstances {
  const [cpu] = cpus();
  const names = [...new Set(["core", "trace", ...presets])];
  return {
    date: new Date().toISOString(),
    command: ["npm start --", ...args].join(" "),
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    packages: Object.fromEntries(names.map((name) => [name, versionOf(name)])),
  };
}

/** @returns the paths that were written */
export function writeResults(folder: string, where: Circumstances, results: readonly RunResult[]): string[] {
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `replay-${where.date.replace(/[:.]/g, "-")}`);
  const { date, command, node, v8, platform, cpu, cores } = where;
  const intro = `# Replay of ${date}\n\n\`${command}\` with Node ${node} (V8 ${v8}) on ${platform}, ${cores} x ${cpu}.\n\n`;
  writeFileSync(`${stem}.json`, `${JSON.stringify({ ...where, results }, null, 2)}\n`);
  writeFileSync(`${stem}.md`, intro + asMarkdown(resultTable(results)));
  return [`${stem}.json`, `${stem}.md`];
}

function versionOf(name: string): string {
  try {
    const file = createRequire(import.meta.url).resolve(name === "heapwright" ? `${name}/package.json` : `@heapwright/${name}/package.json`);
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  } catch {
    return "unknown"; // moved away from its packages
  }
}
