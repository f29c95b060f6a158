import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { whyNotWritable } from "../../output-folder.js";

const folder = mkdtempSync(join(tmpdir(), "output-folder-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a folder is made with those around it, and left empty", () => {
  const wanted = join(folder, "one/two");
  expect([whyNotWritable(wanted), whyNotWritable(wanted)]).toEqual([undefined, undefined]);
  expect(readdirSync(wanted)).toEqual([]);
});

test("what is a file, or below one, cannot be written to", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const wanted of [file, join(file, "one/two")]) {
    expect(whyNotWritable(wanted)).toMatch(/^cannot write to .*file.*: ENOTDIR.*$/);
  }
});

test.runIf(process.platform === "linux")("what takes no folders is told at once", () => {
  expect(whyNotWritable("/proc/nope")).toMatch(/^cannot write to \/proc\/nope: /);
  expect(whyNotWritable("/proc")).toMatch(/^cannot write to \/proc: /);
});
