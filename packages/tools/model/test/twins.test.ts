// Layers with one thing wrong each: the explorer finds every one, and gives a schedule by which it goes wrong again. They
// stand in TWINS.md; `npx vitest run packages/tools/model/test/twins.test.ts -u` writes it anew.
import { expect, test } from "vitest";
import { explore, replay } from "@heapwright/model";
import { HEAP_TWINS } from "./twins/heaps.js";
import { LIST_TWINS } from "./twins/lists.js";
import { LOCK_TWINS } from "./twins/locks.js";
import { OWNED_TWINS } from "./twins/owned.js";
import { QUEUE_TWINS } from "./twins/queues.js";
import { SingleWordSlabs, singleWordScenario, UnfixedSlabs } from "./twins/single-word-anchors.js";
import { SLAB_TWINS } from "./twins/slabs.js";
import { CHECKED_EARLY, STACK_TWINS } from "./twins/stacks.js";
import { twinOf } from "./twins/twin.js";
import { WRAPPER_TWINS } from "./twins/wrappers.js";

const UNFIXED = twinOf("single-word anchors whose empty descriptors are retired unseen", "not linearizable", singleWordScenario("free and take against two takes", UnfixedSlabs));
const SHORT_TWINS = [...STACK_TWINS, ...LIST_TWINS, ...QUEUE_TWINS, ...LOCK_TWINS, ...HEAP_TWINS, UNFIXED];
const TWINS = [...SHORT_TWINS, ...SLAB_TWINS, ...OWNED_TWINS, ...WRAPPER_TWINS];

const HEAD = `# Broken twins

Layers with one thing wrong each, all of them caught. Executions are those before the first that was wrong, prunings
included; the schedule is the shortest that was found. Written by \`test/twins.test.ts\`.

| twin | scenario | executions | found | schedule |
| --- | --- | ---: | --- | --- |
`;

test("every twin is caught, and goes wrong again by the schedule that was found", { timeout: 120_000 }, async () => {
  const rows = TWINS.map(({ flaw, kind, name, scenario, options }) => {
    const { executions, pruned, failure } = explore(scenario, options);
    expect(failure?.kind, flaw).toBe(kind);
    expect(replay(scenario, failure?.schedule ?? "", options), flaw).toMatchObject({ kind, schedule: failure?.schedule });
    return `| ${flaw} | ${name} | ${executions + pruned} | ${kind} | \`${failure?.schedule}\` |\n`;
  });
  await expect(HEAD + rows.join("")).toMatchFileSnapshot("../TWINS.md");
});

test("what is not wrong with them is explored to its end", () => {
  expect(explore(CHECKED_EARLY).failure).toBeUndefined();
  expect(explore(singleWordScenario("single-word anchors, looked at again", SingleWordSlabs)).failure).toBeUndefined();
});

test("all are caught by chance as well, of those whose runs are short", { timeout: 120_000 }, () => {
  const byChance = SHORT_TWINS.filter(({ options }) => options.progress === undefined);
  const missed = byChance.filter(({ scenario, options }) =>
    (["priorities", "random"] as const).every((search) => explore(scenario, { ...options, search, runs: 4000 }).failure === undefined),
  );
  expect(missed.map(({ flaw }) => flaw)).toEqual([]);
});
