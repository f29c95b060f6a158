import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "@heapwright/workers";
import { beforeAll, expect, test } from "vitest";

let script: string;
beforeAll(async () => {
  script = fileURLToPath(await bundleWorker(new URL("../src/heaprecord.ts", import.meta.url)));
});

const heaprecord = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

test("--help tells how it is used", () => {
  expect(heaprecord("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("usage: heaprecord") as string });
});

test.each([
  ["nothing", []],
  ["no program", ["a.hwtrace"]],
  ["no file", ["--", "ls"]],
  ["an unknown option", ["--fast", "a.hwtrace", "--", "ls"]],
])("given %s, it says so and how it is used", (_, args) => {
  const { status, stderr } = heaprecord(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^heaprecord: .*\n\nusage: heaprecord/);
});
