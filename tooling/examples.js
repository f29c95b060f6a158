// The examples of the documentation as programs. Every ts block of a README, and of a doc comment in the sources, is one
// ES module; what it prints must be what its "// → " comments say, in order. A block that opens with the comment
// "// name.ts" is that file, so that an example can show a worker beside the thread that starts it; a file named
// *worker.ts is not run by itself. CONTRIBUTING.md tells authors the same.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { blocksOf } from "./markdown.js";
import { filesBelow, packages, readText, sourcesOf } from "./repository.js";

/**
 * @typedef {object} Example
 * @property {string} document where it stands, relative to the repository's root
 * @property {number} line
 * @property {string} file its own name, ends in .ts
 * @property {string} folder shared by the examples of one document
 * @property {string} text
 * @property {string[]} prints the lines it must print
 * @property {boolean} runs
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
        runs: !file.endsWith("worker.ts"),
      };
    });
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
 * @param {string} script path of a JavaScript file
 * @returns {Promise<string[]>} the lines it printed
 * @throws when it ends with an error or has not ended after 20 s
 */
export async function runExample(script) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--enable-source-maps", script], { timeout: 20_000 });
  const lines = stdout.split("\n").map((line) => line.trimEnd());
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
