// Every demo as its reader starts it: bundled, in a process of its own, judged by its exit code and by what it says.
import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test, vi } from "vitest";

const PACKAGE = fileURLToPath(new URL("../", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const isInstalled = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Generous: on a busy machine a demo of some seconds takes ten times as long. */
const PATIENCE = 120_000;
vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

beforeAll(() => {
  execFileSync("npm", ["run", "--silent", "bundle"], { cwd: PACKAGE, stdio: "pipe" });
});

async function run(name: string, path = process.env["PATH"]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, name], { timeout: PATIENCE, env: { ...process.env, PATH: path } });
  return stdout.trim().split("\n");
}

const WHOLE = "everything is freed, and the heap is whole";

test("hash-table", async () => {
  const said = await run("hash-table");
  expect(said).toContain("every one of 25000 keys is there once");
  expect(said).toContain(WHOLE);
});

test("job-queue", async () => {
  const said = await run("job-queue");
  expect(said).toContainEqual(expect.stringMatching(/^40000 messages with 29\d{6} bytes sent/));
  expect(said).toContain("every message has been freed, and the heap is whole");
});

test("own-composition", async () => {
  const said = await run("own-composition");
  expect(said).toContain(WHOLE);
  expect(said.filter((line) => line.endsWith("cases of the contract passed"))).toHaveLength(3);
});

test("leak-hunt", async () => {
  const said = await run("leak-hunt");
  expect(said.filter((line) => line.startsWith("    parse ("))).toHaveLength(2);
  expect(said).toContainEqual(expect.stringMatching(/^ {4}answer \(.*server\.ts:\d+:\d+\)$/));
  expect(said).toContain("the careful workers have forgotten nothing");
  expect(said).toContainEqual(expect.stringMatching(/^double free, /));
  expect(said).toContainEqual(expect.stringMatching(/^overflow, /));
});

test.runIf(isInstalled("clang") && isInstalled("wasm-ld"))("wasm-module", async () => {
  const said = await run("wasm-module");
  expect(said).toContainEqual(expect.stringMatching(/^worker 1 lists \d{4,5} words of worker 2/));
  expect(said).toContainEqual(expect.stringContaining(WHOLE));
});

test("wasm-module says so where there is no compiler", async () => {
  expect(await run("wasm-module", "/nowhere")).toContainEqual(expect.stringMatching(/^skipped: there is no clang/));
});

test("--help tells which demos there are", async () => {
  const said = await run("--help");
  expect(said[0]).toBe("usage: npm run demos -- [name...]");
  expect(said).toContainEqual(expect.stringContaining("hash-table, job-queue, wasm-module"));
});

test("a demo that does not exist is no success", async () => {
  await expect(run("nothing")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("there is no demo nothing") as string });
});
