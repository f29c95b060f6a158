// docs/layouts.md is what the tables in the sources say today, and no table is missing from it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { declaredLayouts, layoutsPage, PAGE } from "../tooling/layouts.js";
import { readText, ROOT } from "../tooling/repository.js";

test("docs/layouts.md is up to date (npm run layouts writes it)", async () => {
  expect(existsSync(join(ROOT, PAGE)) ? readText(PAGE) : "").toBe(await layoutsPage());
});

test("every table of the sources is exported from its file, so that the page has it", async () => {
  const headings = [...(await layoutsPage()).matchAll(/^### (.+)$/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual(declaredLayouts().sort());
});

test("every field of a struct is explained by a comment, or by its own words", async () => {
  const unexplained = [...(await layoutsPage()).matchAll(/^\| \d+ \| (\w+) \| \S+ \|\s*\|$/gm)].map(([, field]) => field);
  expect(unexplained).toEqual([]);
});
