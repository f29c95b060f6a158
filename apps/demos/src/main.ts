/**
 * Entry of `npm run demos`: runs all demos, or those that are named, each in a process of its own, as its author would.
 * The exit code is 1 when one has failed, and 2 when one is named that does not exist.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DEMOS = ["hash-table", "job-queue", "wasm-module", "own-composition", "leak-hunt"];

const USAGE = `usage: npm run demos -- [name...]

Runs the demos that are named, or all of them: ${DEMOS.join(", ")}.

  --help  show this

The exit code is 1 when a demo has failed, and 2 when one is named that does not exist.
`;

const named = process.argv.slice(2);
const unknown = named.filter((name) => !DEMOS.includes(name));
if (named.includes("--help")) {
  process.stdout.write(USAGE);
} else if (unknown.length > 0) {
  console.error(`there is no demo ${unknown.join(", ")}; there are ${DEMOS.join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of named.length > 0 ? named : DEMOS) {
    console.log(`\n== ${name}`);
    const program = fileURLToPath(new URL(`./${name}/main.js`, import.meta.url));
    const { status } = spawnSync(process.execPath, ["--enable-source-maps", program], { stdio: "inherit" });
    if (status !== 0) {
      console.error(`${name} FAILED${existsSync(program) ? "" : `: there is no ${program}`}`);
      process.exitCode = 1;
    }
  }
}
