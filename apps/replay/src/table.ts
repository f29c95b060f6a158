/**
 * Tables: rows of strings, for the terminal with columns side by side, for files in Markdown.
 */
import { verdict, type RunResult } from "./run.js";

/** The first row is the heading. Columns whose heading begins with a space are numbers, and stand to the right. */
export type Table = readonly (readonly string[])[];

const HEADING = ["preset", "progress", "trace", " threads", " operations/s", " mapped / live", " metadata B / block", "verified"];

export function resultTable(results: readonly RunResult[]): Table {
  const rows = results.map((result) => [
    result.contender,
    result.report.progress,
    result.trace,
    String(result.report.threads),
    result.report.eventsPerSecond > 0 ? Math.round(result.report.eventsPerSecond).toLocaleString("en") : "-",
    result.report.mappedPerLive?.toFixed(2) ?? "-",
    result.report.metadataPerBlock?.toFixed(1) ?? "-",
    verdict(result),
  ]);
  return [HEADING, ...rows];
}

export function asText(table: Table): string {
  const [heading = []] = table;
  const widths = heading.map((_, column) => Math.max(...table.map((row) => row[column].trim().length)));
  const cell = (text: string, column: number): string =>
    heading[column].startsWith(" ") ? text.trim().padStart(widths[column]) : text.padEnd(widths[column]);
  const line = (row: readonly string[]): string => row.map(cell).join("  ").trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(heading), rule, ...table.slice(1).map(line), ""].join("\n");
}

export function asMarkdown(table: Table): string {
  const [heading = []] = table;
  const line = (row: readonly string[]): string => `| ${row.map((cell) => cell.trim().replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = line(heading.map((name) => (name.startsWith(" ") ? "---:" : "---")));
  return [line(heading), rule, ...table.slice(1).map(line), ""].join("\n");
}
