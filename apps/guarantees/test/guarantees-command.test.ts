import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { guaranteesCommand } from "../src/guarantees-command.js";
import { SYSTEMS } from "../src/systems.js";
import { guaranteesSection } from "../src/table.js";

const folder = mkdtempSync(join(tmpdir(), "guarantees-"));
afterAll(() => rmSync(folder, { recursive: true }));
const readme = join(folder, "README.md");
const BEFORE = `a\n${guaranteesSection(SYSTEMS.slice(0, 1))}\nb\n`;

function run(...args: string[]): { code: number; out: string; err: string; written: string } {
  let [out, err] = ["", ""];
  writeFileSync(readme, BEFORE);
  const code = guaranteesCommand(args, { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) }, readme: pathToFileURL(readme) });
  return { code, out, err, written: readFileSync(readme, "utf8") };
}

test("the table is written into the README", () => {
  expect(run()).toEqual({ code: 0, out: expect.stringContaining("wrote the guarantees"), err: "", written: `a\n${guaranteesSection(SYSTEMS)}\nb\n` });
});

test("help writes nothing", () => {
  expect(run("--help")).toEqual({ code: 0, out: expect.stringContaining("usage: npm run guarantees"), err: "", written: BEFORE });
});

test.each([[["--bogus"]], [["--help", "stray"]]])("%j makes no sense, and nothing is written", (args) => {
  const { code, out, err, written } = run(...args);
  expect({ code, out, written }).toEqual({ code: 2, out: "", written: BEFORE });
  expect(err).toMatch(/^there is no option (--bogus|stray)\n\nusage: /);
});
