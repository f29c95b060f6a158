import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SYSTEMS } from "../src/systems.js";
import { guaranteesSection, withSection } from "../src/table.js";

test("the README has the table of today (npm run guarantees writes it)", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(readme).toContain(guaranteesSection(SYSTEMS));
});

test("every preset has a row", () => {
  const presets = readdirSync(new URL("../../../packages/presets", import.meta.url));
  const rows = new Set(SYSTEMS.map(({ folder }) => folder));
  expect(presets.filter((name) => !rows.has(`packages/presets/${name}`))).toEqual([]);
});

test("the section replaces what is between its marks, and nothing else", () => {
  const section = guaranteesSection(SYSTEMS.slice(0, 1));
  const readme = `a\n${guaranteesSection(SYSTEMS)}\nb\n`;
  expect(withSection(readme, section)).toBe(`a\n${section}\nb\n`);
  expect(() => withSection("a\n", section)).toThrow("no place for the table");
});
