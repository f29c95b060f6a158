// Every example that a reader meets, in a README or a doc comment, compiles and prints what it says it prints.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples, examplesOf, runExample, writeExamples } from "../tooling/examples.js";
import { CACHE } from "../tooling/repository.js";
import { typeErrors } from "../tooling/type-check.js";

const all = examples();
const directory = join(CACHE, `heapwright-examples-${process.pid}`);

describe.runIf(all.length > 0)("examples", () => {
  let files: string[] = [];

  beforeAll(() => {
    files = writeExamples(all, directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("type-check", () => expect(typeErrors(files, {})).toEqual([]));

  const programs = all.map((example, index) => ({ ...example, index })).filter(({ runBy }) => runBy !== "another example");
  test.each(programs)("$document:$line prints what it says", async ({ index, ...example }) => {
    await bundle(files.filter((_, other) => all[other].folder === example.folder));
    expect(await runExample(example, files[index].replace(/\.ts$/, ".js"))).toEqual(example.prints);
  });
});

/** Each file becomes a self-contained .js beside it. One document at a time, so that a broken one fails alone. */
async function bundle(entryPoints: string[]): Promise<void> {
  await build({
    entryPoints,
    outdir: directory,
    outbase: directory,
    bundle: true,
    external: ["vitest"],
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["source"],
    sourcemap: "inline",
    logLevel: "silent",
  });
}

test("blocks become files, and their arrows expectations", () => {
  const markdown = "```ts\nconsole.log(1); // → 1\n// → 2\n```\n```ts\n// a.worker.ts\nx();\n```\n```sh\nls\n```\n";
  expect(examplesOf("docs/a.md", markdown)).toMatchObject([
    { file: "example-1.ts", folder: "docs-a-md", line: 2, prints: ["1", "2"], runBy: "node" },
    { file: "a.worker.ts", folder: "docs-a-md", line: 6, prints: [], runBy: "another example" },
  ]);
});
