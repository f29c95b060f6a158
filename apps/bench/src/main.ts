/**
 * Entry of the benchmarks: `node dist/main.js NAME` runs one and prints a table. The exit code is 1 when something was
 * not as it must be, and 2 when there is no such benchmark.
 */
import { acceptance } from "./acceptance.js";

const BENCHMARKS: Readonly<Record<string, () => boolean>> = { acceptance };

const name = process.argv[2] ?? "";
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
if (benchmark === undefined) {
  console.error(`usage: node dist/main.js ${Object.keys(BENCHMARKS).join(" | ")}`);
  process.exitCode = 2;
} else {
  process.exitCode = benchmark() ? 0 : 1;
}
