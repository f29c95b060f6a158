// How much of a web page heapwright takes: the package and all it needs, bundled and minified by esbuild, compressed by
// brotli. Fails when that is more than the limit. With --json it prints the two numbers and judges nothing.
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { ROOT } from "./repository.js";

/** What is allowed, little more than what it takes: to be raised only for a reason that is worth it. */
const LIMIT = 20_745;
/** What it is to come down to. */
const AIM = 12_000;

const { outputFiles } = await build({
  stdin: { contents: 'export { heapwright } from "heapwright";', resolveDir: ROOT },
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  conditions: ["source"],
});
const [{ contents }] = outputFiles;
const minified = contents.length;
const brotli = brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

if (process.argv.includes("--json")) console.log(JSON.stringify({ minified, brotli }));
else {
  const said = [`${minified} bytes minified`, `${brotli} with brotli`, `at most ${LIMIT}`, ...(brotli > AIM ? [`${AIM} are the aim`] : [])];
  console.log(`heapwright and all it needs: ${said.join(", ")}`);
  if (brotli > LIMIT) {
    console.error(`It has become ${brotli - LIMIT} bytes too large.`);
    process.exitCode = 1;
  }
}
