/**
 * Entry of the benchmarks: the suite, `npm run bench`, and with `acceptance` as its first argument the acceptance test of
 * coalescing, `npm run bench:acceptance`.
 */
import { fileURLToPath } from "node:url";
import { acceptance } from "./acceptance.js";
import { suiteCommand } from "./runner/suite-command.js";

const args = process.argv.slice(2);
const at = (path: string): URL => new URL(path, import.meta.url);
const bundles = { child: at("./child/main.js"), worker: at("./child/worker.js"), space: at("./space/main.js") };
process.exitCode = args[0] === "acceptance"
  ? Number(!acceptance())
  : await suiteCommand(args, { out: process.stdout, err: process.stderr, bundles, readme: fileURLToPath(at("../../../README.md")), folder: process.env.INIT_CWD ?? "." });
