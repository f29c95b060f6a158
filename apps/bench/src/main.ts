/**
 * Entry of the benchmarks: the suite, `npm run bench`; with `smoke` as its first argument the short check `npm run bench:smoke`;
 * with `acceptance` the acceptance test of coalescing, `npm run bench:acceptance`.
 */
import { fileURLToPath } from "node:url";
import { acceptance } from "./acceptance.js";
import { suiteCommand } from "./runner/suite-command.js";
import { smokeCommand } from "./smoke/smoke-command.js";

const at = (path: string): URL => new URL(path, import.meta.url);
const bundles = { child: at("./child/main.js"), worker: at("./child/worker.js"), space: at("./space/main.js") };
const [program, ...rest] = process.argv.slice(2);

process.exitCode = await run();

async function run(): Promise<number> {
  if (program === "acceptance") return Number(!acceptance());
  if (program === "smoke") return smokeCommand(rest, { out: process.stdout, bundles, file: fileURLToPath(at("../smoke.json")) });
  const around = { out: process.stdout, err: process.stderr, bundles, readme: fileURLToPath(at("../../../README.md")), folder: process.env.INIT_CWD ?? "." };
  return suiteCommand(process.argv.slice(2), around);
}
