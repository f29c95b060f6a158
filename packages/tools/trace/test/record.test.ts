import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importRaw } from "../src/index.js";
import { buildRecorder, recordProgram, RecorderUnavailableError } from "../src/record.js";

const hasCompiler = process.platform === "linux" && spawnSync("gcc", ["--version"]).status === 0;
const directory = mkdtempSync(join(tmpdir(), "record-test-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function compile(name: string): string {
  const program = join(directory, name);
  const source = fileURLToPath(new URL(`./fixtures/${name}.c`, import.meta.url));
  execFileSync("gcc", ["-O1", "-fno-builtin", "-Wno-alloc-size-larger-than", "-pthread", "-o", program, source]);
  return program;
}

describe.runIf(hasCompiler)("programs recorded", () => {
  let wandering: string;
  let churn: string;
  beforeAll(() => {
    wandering = compile("wandering");
    churn = compile("churn");
  });

  test("every function is an event, in both threads, up to an _exit", async () => {
    const { exitCode, processes } = await recordProgram([wandering]);
    expect(exitCode).toBe(7);
    expect(processes).toHaveLength(1);
    const { origin, events, summary } = importRaw(processes[0].bytes, { version: "1" });
    const nothing = { unknownBlocks: 0, hugeBlocks: 0, unseenFrees: 0, afterHole: 0 };
    expect(origin).toEqual({ program: "wandering", version: "1", command: "wandering", recorder: "heaprecord", omitted: nothing });
    expect(summary.crossThreadFrees).toBe(5000);
    expect(summary).toMatchObject({ threads: 2, alignedAllocs: 3, reallocs: 2 });
    // What the C library itself allocates for a thread comes on top
    expect(summary.mallocs).toBeGreaterThanOrEqual(5001);
    expect(summary.mallocs).toBeLessThan(5010);
    expect(summary.frees).toBeGreaterThanOrEqual(5005);
    const sizes = [...events.size];
    for (const size of [12345, 54321, 77700, 33333, 640, 1280, 4096]) expect(sizes).toContain(size);
    expect(sizes).not.toContain(777777);
  });

  test("a forked child has a recording of its own, on request", async () => {
    const { processes } = await recordProgram([wandering], { forks: "follow" });
    expect(processes).toHaveLength(2);
    expect([...importRaw(processes[1].bytes).events.size]).toEqual([777777, 777777, 777777]);
  });

  test("threads that race for the same addresses leave an order without contradiction", async () => {
    const { processes } = await recordProgram([churn]);
    const { origin, summary } = importRaw(processes[0].bytes);
    expect(origin.omitted).toEqual({ unknownBlocks: 0, hugeBlocks: 0, unseenFrees: 0, afterHole: 0 });
    expect(summary.threads).toBe(17);
    expect(summary.events).toBeGreaterThan(16 * 20000);
    expect(summary.crossThreadFrees).toBeGreaterThan(500);
  });

  test("a recording that ends early is used up to the first hole", async () => {
    const { processes } = await recordProgram([churn]);
    const { bytes, events } = processes[0];
    const { origin, summary } = importRaw(bytes.subarray(0, bytes.length >> 1));
    expect(summary.events).toBeGreaterThan(events / 3);
    expect(origin.omitted.afterHole).toBeGreaterThan(0);
  });

  test("a program that does not exist is an error, not a recording", async () => {
    await expect(recordProgram([join(directory, "no-such-program")])).rejects.toThrow("ENOENT");
  });
});

test("without a compiler, the recorder says so and what to install", () => {
  const env = { PATH: process.env["PATH"], CC: "no-such-compiler" };
  expect(() => buildRecorder(directory, env)).toThrow(RecorderUnavailableError);
  expect(() => buildRecorder(directory, env)).toThrow(/'no-such-compiler' was not found\. Install gcc/);
  if (!hasCompiler) expect(() => buildRecorder(directory)).toThrow(/Install gcc/);
});
