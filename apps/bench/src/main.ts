/**
 * Entry of the benchmarks: the suite, `npm run bench`, and with `acceptance` as its first argument the acceptance test of
 * coalescing, `npm run bench:acceptance`.
 */
import { acceptance } from "./acceptance.js";
import { suiteCommand } from "./runner/suite-command.js";

const args = process.argv.slice(2);
const bundles = { child: new URL("./child/main.js", import.meta.url), worker: new URL("./child/worker.js", import.meta.url) };
process.exitCode = args[0] === "acceptance"
  ? Number(!acceptance())
  : await suiteCommand(args, { out: process.stdout, err: process.stderr, bundles });
