/**
 * Tells of a report: tables on the terminal, the file, the page beside it, and for a report that is to be kept its place in
 * the repository and the table in the README.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pageOf } from "../report/page.js";
import { withTable } from "../report/readme-table.js";
import type { Settings } from "./settings.js";
import { writeReport, type Report } from "./report.js";
import { figuresTable, memoryTables, ratioTables, taxonomyTable, timeTables, troubles } from "./tables.js";

interface Places {
  readonly out: { write(text: string): unknown };
  readonly keep: Settings["keep"];
  /** Where the report was read from. */
  readonly known: string | undefined;
  readonly folder: string;
  readonly readme: string;
}

export async function announce(report: Report, { out, keep, known, folder, readme }: Places): Promise<void> {
  const dated = join(folder, `bench-${report.date.replace(/[:.]/g, "-")}.json`);
  const path = keep === "recorded" ? join(folder, "recorded.json") : known ?? dated;
  if (path !== known) writeReport(path, report);
  const page = `${path.replace(/\.json$/, "")}.html`;
  writeFileSync(page, await pageOf(report));
  const written = [path, page];
  if (keep === "recorded") {
    writeFileSync(readme, withTable(readFileSync(readme, "utf8"), report));
    written.push(readme);
  }
  const parts = [
    timeTables(report), ratioTables(report), memoryTables(report), taxonomyTable(report), figuresTable(report), troubles(report),
    `${report.seconds} s\n${written.map((file) => `${file}\n`).join("")}`,
  ];
  out.write(`\n${parts.filter((part) => part !== "").join("\n")}`);
}
