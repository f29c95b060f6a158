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

  beforeAll(async () => {
    files = writeExamples(all, directory);
    await build({
      entryPoints: files,
      outdir: directory,
      outbase: directory,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      conditions: ["source"],
      sourcemap: "inline",
      logLevel: "silent",
    });
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("type-check", () => expect(typeErrors(files, {})).toEqual([]));

  test.each(all.map((example, index) => ({ ...example, index })).filter(({ runs }) => runs))(
    "$document:$line prints what it says",
    async ({ index, prints }) => {
      expect(await runExample(files[index].replace(/\.ts$/, ".js"))).toEqual(prints);
    },
  );
});

test("blocks become files, and their arrows expectations", () => {
  const markdown = "```ts\nconsole.log(1); // → 1\n// → 2\n```\n```ts\n// a.worker.ts\nx();\n```\n```sh\nls\n```\n";
  expect(examplesOf("docs/a.md", markdown)).toMatchObject([
    { file: "example-1.ts", folder: "docs-a-md", line: 2, prints: ["1", "2"], runs: true },
    { file: "a.worker.ts", folder: "docs-a-md", line: 6, prints: [], runs: false },
  ]);
});
