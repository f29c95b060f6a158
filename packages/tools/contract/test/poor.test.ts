// Heaps that serve too little for the cases to go on: each fails with what it lacks, not by stumbling over it.
import { CONTRACT_CASES, runContract, subjectsOf, type Report } from "@heapwright/contract";
import type { Preset } from "@heapwright/core";
import { expect, test } from "vitest";
import { FIRST_FIT_ABILITIES } from "./first-fit-preset.js";
import { damaged } from "./flaws.js";

const GROUPS = ["accounting", "attach", "growth", "leaving", "realloc", "usableSize"];

function failuresOf(preset: Preset): Report["failures"] {
  const [subject] = subjectsOf(preset, { abilities: FIRST_FIT_ABILITIES });
  return runContract(subject, { cases: CONTRACT_CASES.filter(({ group }) => GROUPS.includes(group)) }).failures;
}

test("a heap that has a page for every block is told of the block that it did not give", () => {
  const failures = failuresOf(damaged((heap) => ({ malloc: (size) => heap.malloc(size + 65_536) })));
  expect(failures).toContainEqual({
    group: "usableSize",
    name: "every usable byte can be written without touching a neighbour",
    message: expect.stringMatching(/^ContractViolation: no block of \d+ bytes$/) as string,
  });
  for (const { name, message } of failures) expect(message, name).toMatch(/^ContractViolation: /);
});

test("so is a heap that gives nothing", () => {
  const failures = failuresOf(damaged(() => ({ malloc: () => 0 })));
  expect(failures.length).toBeGreaterThan(10);
  for (const { name, message } of failures) expect(message, name).toMatch(/^ContractViolation: /);
});
