import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importMtrace, TraceFormatError } from "../src/index.js";

const log = readFileSync(new URL("./fixtures/mtrace.log", import.meta.url), "utf8");

test("a log of glibc becomes a trace", () => {
  const { origin, events, summary } = importMtrace(log, { version: "1" });
  expect(origin).toEqual({
    program: "demo", version: "1", command: "", recorder: "mtrace",
    omitted: { unknownBlocks: 1, hugeBlocks: 0, unseenFrees: 0, afterHole: 0 },
  });
  // 10 mallocs, calloc, strdup and realloc(NULL); what failed is not there
  expect(summary).toMatchObject({ events: 30, threads: 1, mallocs: 13, reallocs: 5, frees: 12, neverFreed: 1 });
  expect(summary.peak).toEqual({ event: 23, bytes: 5 * 5000 + 600 + 77, blocks: 7 });
  expect([...events.size.subarray(0, 11)]).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 5000]);
});

test("lines may lack the caller", () => {
  const { summary } = importMtrace("= Start\n+ 0x10 0x20\n< 0x10\n> 0x30 0x40\n- 0x30\n= End\n");
  expect(summary).toMatchObject({ events: 3, mallocs: 1, reallocs: 1, frees: 1, neverFreed: 0 });
});

test("a block whose free was not seen is freed when its address comes back", () => {
  const { origin, summary } = importMtrace("= Start\n+ 0x10 0x20\n+ 0x10 0x30\n");
  expect(summary).toMatchObject({ events: 3, frees: 1, neverFreed: 1 });
  expect(origin.omitted.unseenFrees).toBe(1);
});

test("blocks of 4 GiB and more are left out", () => {
  const { origin, summary } = importMtrace("= Start\n+ 0x10 0x100000000\n< 0x10\n> 0x10 0x8\n- 0x10\n");
  expect(summary).toMatchObject({ events: 2, mallocs: 1, frees: 1 });
  expect(origin.omitted.hugeBlocks).toBe(1);
});

test.each([
  ["something else", "hello\n", "not-a-trace"],
  ["nothing", "", "not-a-trace"],
  ["a line of another kind", "= Start\n+ 0x10 0x20\nhello\n", "inconsistent"],
  ["half a realloc", "= Start\n+ 0x10 0x20\n< 0x10\n- 0x10\n", "inconsistent"],
  ["the other half", "= Start\n+ 0x10 0x20\n> 0x10 0x30\n", "inconsistent"],
])("%s is refused", (_, text, fault) => {
  expect(() => importMtrace(text)).toThrow(TraceFormatError);
  expect(() => importMtrace(text)).toThrow(expect.objectContaining({ fault }) as Error);
});
