// The examples of the documentation as programs. Every ts block of a README, and of a doc comment in the sources, is one
// ES module; what it prints must be what its "// → " comments say, in order. A block that opens with the comment
// "// name.ts" is that file: so an example can show a worker beside the thread that starts it, because *worker.ts is not
// run by itself, and a test, because *.test.ts is run by vitest. CONTRIBUTING.md tells authors the same.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { blocksOf } from "./markdown.js";
import { filesBelow, packages, readText, ROOT, sourcesOf } from "./repository.js";

const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
const VITEST_CONFIG = join(ROOT, "tooling/examples.config.js");

/**
 * @typedef {object} Example
 * @property {string} document where it stands, relative to the repository's root
 * @property {number} line
 * @property {string} file its own name, ends in .ts
 * @property {string} folder shared by the examples of one document
 * @property {string} text
 * @property {string[]} prints the lines it must print
 * @property {"node" | "vitest" | "another example"} runBy
 */

/** @returns {Example[]} all examples of the repository, in the order of its documents */
export function examples() {
  const readmes = filesBelow("", (path) => /^(packages\/[^/]+\/[^/]+\/)?README\.md$/.test(path));
  const sources = packages().flatMap(sourcesOf);
  return [
    ...readmes.flatMap((document) => examplesOf(document, readText(document))),
    ...sources.flatMap((document) => examplesOf(document, docComments(readText(document)))),
  ];
}

/**
 * @param {string} document names the example; not read
 * @param {string} markdown
 * @returns {Example[]}
 */
export function examplesOf(document, markdown) {
  return blocksOf(markdown)
    .filter(({ language }) => language === "ts")
    .map(({ text, line }, index) => {
      const file = /^\/\/ ([\w.-]+\.ts)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1] ?? `example-${index + 1}.ts`;
      return {
        document,
        line,
        file,
        folder: document.replaceAll(/[^\w-]+/g, "-"),
        text,
        prints: [...text.matchAll(/\/\/ → ?(.*)$/gm)].map(([, printed = ""]) => printed.trimEnd()),
        runBy: runnerOf(file),
      };
    });
}

/**
 * @param {string} file
 * @returns {Example["runBy"]}
 */
function runnerOf(file) {
  if (file.endsWith(".test.ts")) return "vitest";
  return file.endsWith("worker.ts") ? "another example" : "node";
}

/**
 * The doc comments of a source as Markdown, every line where it was; all else becomes empty lines.
 * @param {string} source
 */
function docComments(source) {
  let inside = false;
  return source
    .split("\n")
    .map((line) => {
      if (/^\s*\/\*\*/.test(line)) inside = true;
      const text = inside ? line.replace(/^\s*\/?\*+\/? ?/, "") : "";
      if (line.includes("*/")) inside = false;
      return text;
    })
    .join("\n");
}

/**
 * Writes examples as TypeScript files, each document's into a folder of its own.
 * @param {readonly Example[]} all
 * @param {string} directory emptied first
 * @returns {string[]} the paths of the files, in the order of `all`
 */
export function writeExamples(all, directory) {
  rmSync(directory, { recursive: true, force: true });
  return all.map((example) => {
    const path = join(directory, example.folder, example.file);
    mkdirSync(join(directory, example.folder), { recursive: true });
    writeFileSync(path, example.text);
    return path;
  });
}

/**
 * Runs a compiled example in a process of its own.
 * @param {Example} example
 * @param {string} script path of the JavaScript that it became
 * @returns {Promise<string[]>} the lines it printed; none when vitest ran it
 * @throws when it ends with an error or has not ended after 60 s
 */
export async function runExample(example, script) {
  const run = promisify(execFile);
  const options = { timeout: 60_000, env: { ...process.env, NO_COLOR: "1" } };
  if (example.runBy === "vitest") {
    await run(process.execPath, [VITEST, "run", "--root", dirname(script), "--config", VITEST_CONFIG, basename(script)], options);
    return [];
  }
  const { stdout } = await run(process.execPath, ["--enable-source-maps", script], options);
  const lines = stdout.split("\n").map((line) => line.trimEnd());
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
