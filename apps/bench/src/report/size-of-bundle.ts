/** Has the size of `heapwright` measured by the program that also judges it. */
import { execFileSync } from "node:child_process";
import { ROOT } from "../places.js";
import type { Report } from "../runner/report.js";

export function sizeOfBundle(): NonNullable<Report["bundle"]> {
  const text = execFileSync(process.execPath, ["tooling/size.js", "--json"], { cwd: ROOT, encoding: "utf8" });
  return JSON.parse(text) as NonNullable<Report["bundle"]>;
}
