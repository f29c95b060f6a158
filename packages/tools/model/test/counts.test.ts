// Every scenario on the layers as they are, explored to the end of its bounds. What that took stands in COUNTS.md, so that
// nobody makes an exploration smaller without noticing: `npx vitest run packages/tools/model/test/counts.test.ts -u`
// writes it anew.
import { expect, test } from "vitest";
import { explore, type Exploration } from "@heapwright/model";
import { CASES } from "./scenarios/all.js";

const HEAD = `# What was explored

Every scenario of \`test/scenarios\`, to the end of its bounds, each execution right. Written by \`test/counts.test.ts\`.

| scenario | executions | pruned | states |
| --- | ---: | ---: | ---: |
`;

test("every scenario is right in every execution, and as many are tried as ever", { timeout: 400_000 }, async () => {
  const found: [string, Exploration][] = CASES.map(({ name, scenario, options }) => [name, explore(scenario, options)]);
  for (const [, { failure }] of found) if (failure !== undefined) throw failure;
  const rows = found.map(([name, { executions, pruned, states }]) => `| ${name} | ${executions} | ${pruned} | ${states} |\n`);
  const sum = (key: "executions" | "pruned" | "states"): number => found.reduce((total, [, one]) => total + one[key], 0);
  const total = `| **${found.length} scenarios** | **${sum("executions")}** | **${sum("pruned")}** | **${sum("states")}** |\n`;
  await expect(HEAD + rows.join("") + total).toMatchFileSnapshot("../COUNTS.md");
});
