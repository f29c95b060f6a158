// Looks at the packages as their users get them: builds and packs every public one, has publint and attw judge the
// tarballs, installs them all in an empty folder, and compiles and runs the documented examples there against dist.
// Needs no registry: what our packages take from outside is packed from node_modules too.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { transform } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { examples, runExample, writeExamples } from "./examples.js";
import { filesBelow, packages, readText, ROOT } from "./repository.js";
import { run, runBeside, runSilently } from "./run.js";
import { typeErrors } from "./type-check.js";

/** What our packages depend on from outside, with what that depends on in turn. */
const OUTSIDE = ["fast-check", "pure-rand"];

const ATTW = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");

const published = packages().filter(({ manifest }) => manifest.private !== true);

/**
 * Tarballs by package name.
 * @param {readonly string[]} folders relative to {@link ROOT}
 * @param {string} destination
 * @returns {Map<string, string>}
 */
function pack(folders, destination) {
  mkdirSync(destination);
  const paths = folders.map((folder) => `./${folder}`);
  const report = runSilently("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", destination, ...paths], ROOT);
  /** @type {{ name: string, filename: string }[]} */
  const packed = Object.values(JSON.parse(report));
  return new Map(packed.map(({ name, filename }) => [name, join(destination, filename)]));
}

/**
 * @param {string} tarball
 * @returns {Promise<string[]>} one entry per failure
 */
async function judge(tarball) {
  const attw = runBeside("node", [ATTW, "--profile", "esm-only", "--no-definitely-typed", "--format", "ascii", "--no-summary", tarball], ROOT);
  const [messages] = await Promise.all([publintMessages(tarball), attw]);
  return messages;
}

/** @param {string} tarball */
async function publintMessages(tarball) {
  const bytes = readFileSync(tarball);
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
  return messages.map((message) => `publint: ${pkg.name}: ${formatMessage(message, pkg) ?? message.code}`);
}

/**
 * @param {string} folder made, and left with all tarballs installed
 * @param {ReadonlyMap<string, string>} tarballs
 */
function install(folder, tarballs) {
  mkdirSync(folder);
  const dependencies = Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }));
  runSilently("npm", ["install", "--offline", "--ignore-scripts", "--legacy-peer-deps", "--no-package-lock", "--loglevel=error"], folder);
  // A peer, and too large to pack: the one from here.
  symlinkSync(join(ROOT, "node_modules/vitest"), join(folder, "node_modules/vitest"), "dir");
}

/**
 * @param {string} folder where the packages are installed
 * @returns {Promise<string[]>} one entry per failure
 */
async function runExamples(folder) {
  const all = examples();
  const files = writeExamples(all, join(folder, "examples"));
  const failures = typeErrors(files, { customConditions: [], typeRoots: [join(ROOT, "node_modules/@types")] });
  const scripts = await Promise.all(
    files.map(async (file) => {
      const { code } = await transform(readFileSync(file, "utf8"), { loader: "ts", format: "esm", target: "node20" });
      const script = file.replace(/\.ts$/, ".js");
      writeFileSync(script, code);
      return script;
    }),
  );
  for (const [index, example] of all.entries()) {
    if (example.runBy === "another example") continue;
    const place = `${example.document}:${example.line}`;
    try {
      const printed = await runExample(example, scripts[index]);
      if (isDeepStrictEqual(printed, example.prints)) continue;
      failures.push(`${place} printed\n${printed.join("\n")}\ninstead of\n${example.prints.join("\n")}`);
    } catch (error) {
      failures.push(`${place} failed against dist: ${String(error)}`);
    }
  }
  return failures;
}

/** @returns {string[]} packages without the documents that every package carries */
function missingDocuments() {
  const license = readText("LICENSE");
  return published.flatMap(({ folder }) => {
    const has = filesBelow(folder, (path) => dirname(path) === folder);
    const missing = ["README.md", "LICENSE"].filter((name) => !has.includes(`${folder}/${name}`));
    if (missing.length === 0 && readText(`${folder}/LICENSE`) !== license) return [`${folder}/LICENSE is not the one of the root`];
    return missing.map((name) => `${folder} has no ${name}`);
  });
}

/** @returns {string[]} declarations in which views of buffers are generic, as they are from TypeScript 5.7 on only */
function typesTooNew() {
  const declarations = published.flatMap(({ folder }) => filesBelow(`${folder}/dist`, (path) => path.endsWith(".d.ts")));
  const generic = declarations.filter((path) => /(?:Int|Uint|Float)\w*Array<|DataView</.test(readText(path)));
  return generic.map((path) => `${path} needs TypeScript 5.7`);
}

let since = performance.now();

/** @param {string} done what the time since the last call was spent on */
function tell(done) {
  console.log(`${done} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
  since = performance.now();
}

const home = mkdtempSync(join(tmpdir(), "heapwright-packages-"));
try {
  const failures = missingDocuments();
  run("node", ["tooling/build.js"], ROOT);
  failures.push(...typesTooNew());
  tell("built");
  const ours = pack(published.map(({ folder }) => folder), join(home, "ours"));
  const others = pack(OUTSIDE.map((name) => `node_modules/${name}`), join(home, "others"));
  tell(`packed ${ours.size} packages`);
  const waiting = [...ours.values()];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (let tarball = waiting.pop(); tarball !== undefined; tarball = waiting.pop()) failures.push(...(await judge(tarball)));
  }));
  tell("publint and attw looked at the tarballs");
  install(join(home, "consumer"), new Map([...ours, ...others]));
  tell("installed the tarballs in an empty folder");
  failures.push(...(await runExamples(join(home, "consumer"))));
  tell("ran the examples there");
  for (const failure of failures) console.error(`\n${failure}`);
  if (failures.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
