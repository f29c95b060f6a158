// The smoke check, with results that are made up: it must fail when heapwright is slower, and only then.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { judge } from "../src/smoke/judge.js";
import { SMOKE_WORKLOADS, type Play } from "../src/smoke/look.js";
import { smokeCommand } from "../src/smoke/smoke-command.js";
import { WORKLOADS } from "../src/workloads/all.js";

const folder = mkdtempSync(join(tmpdir(), "bench-smoke-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "smoke.json");
const nowhere = new URL("file:///nowhere");
const bundles = { child: nowhere, worker: nowhere, space: nowhere };

/** Runs the command where heapwright takes so many times as long as others, in its first so many runs. */
async function smoke(args: readonly string[], slower: number, runs = Infinity): Promise<{ code: number; said: string; played: number }> {
  let [said, played, ours] = ["", 0, 0];
  const play: Play = async ({ contender: { name } }) => {
    played += 1;
    const factor = name === "heapwright" && ours++ < runs ? slower : 1;
    // some rounds take long, whoever plays
    return { outcome: "measured", calls: 10, checksum: 1, roundNanoseconds: [5000, 100 * factor, 180 * factor, 100_000] };
  };
  const code = await smokeCommand(args, { out: { write: (text) => (said += text) }, bundles, file, play });
  return { code, said, played };
}

test("what is recorded passes; a heap that is slower by more than the limit fails after a second look", async () => {
  expect(await smoke([], 1)).toMatchObject({ code: 1, said: expect.stringContaining("nothing was measured that has been recorded") as string });
  expect((await smoke(["--record"], 2)).code).toBe(0);
  const recorded = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, number>>;
  expect(recorded.bump).toEqual(Object.fromEntries(Object.keys(SMOKE_WORKLOADS).map((name) => [name, 2])));
  const same = await smoke([], 2);
  expect(same.code).toBe(0);
  expect(same.said).toMatch(/geometric mean +1\.00\n$/);
  expect((await smoke([], 2.9)).code).toBe(0);
  const slower = await smoke([], 3.1);
  expect(slower).toMatchObject({ code: 1, played: 2 * same.played });
  expect(slower.said).toMatch(/looking again\n.*geometric mean +1\.55 +more than 1\.5\n.*has become slower/s);
});

test("one bad look is not enough", async () => {
  await smoke(["--record"], 1);
  const { code, said } = await smoke([], 10, 20);
  expect(said).toContain("looking again");
  expect(code).toBe(0);
});

test("one workload that has become much slower is enough", () => {
  expect(judge({ a: 1, b: 1, c: 1, d: 1 }, [{ a: 2.1, b: 1, c: 1, d: 1 }])).toMatchObject({ worse: "yes" });
  expect(judge({ a: 1, b: 1, c: 1, d: 1 }, [{ a: 1.9, b: 1, c: 1, d: 1 }])).toMatchObject({ worse: "no" });
  expect(judge({ a: 1 }, [{ a: NaN }])).toMatchObject({ worse: "yes" });
});

test("it knows its workloads, and its options", async () => {
  for (const [name, numbers] of Object.entries(SMOKE_WORKLOADS)) {
    const [workload] = WORKLOADS.filter((one) => one.name === name);
    for (const number of Object.keys(numbers)) expect(workload.parameters).toHaveProperty(number);
  }
  expect((await smoke(["--fast"], 1)).code).toBe(2);
});

test("a contender that breaks is not a fast one", async () => {
  const broken: Play = async () => ({ outcome: "failed", reason: "broke" });
  await expect(smokeCommand([], { out: { write: () => {} }, bundles, file, play: broken })).rejects.toThrow("linux-scalability on heapwright: broke");
});
