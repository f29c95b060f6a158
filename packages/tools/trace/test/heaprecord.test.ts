import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "@heapwright/workers";
import { afterAll, beforeAll, expect, test } from "vitest";

const hasCompiler = process.platform === "linux" && spawnSync("gcc", ["--version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "heaprecord-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** As it is published: in a folder beside that of the recorder. */
const script = join(folder, "dist/heaprecord.mjs");
beforeAll(async () => {
  mkdirSync(join(folder, "dist"));
  copyFileSync(await bundleWorker(new URL("../src/heaprecord.ts", import.meta.url)), script);
  symlinkSync(fileURLToPath(new URL("../recorder", import.meta.url)), join(folder, "recorder"));
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

test.runIf(hasCompiler)("asked for a program that did not run, it says which did", () => {
  const trace = join(folder, "x.hwtrace");
  const { status, stderr } = heaprecord("--program", "nope", trace, "--", "ls", "/");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^heaprecord: ls: \d+ events\nheaprecord: no process ran nope; there were: ls\n$/);
  expect(existsSync(trace)).toBe(false);
  expect(heaprecord("--program", "ls", trace, "--", "ls", "/").status).toBe(0);
  expect(existsSync(trace)).toBe(true);
});
