import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readSnapshot } from "@heapwright/heapmap";
import { inspect } from "@heapwright/inspect";
import { michael } from "@heapwright/michael";
import { TraceBuilder } from "@heapwright/trace";
import { afterAll, expect, test } from "vitest";
import { mapCommand } from "../src/map-command.js";
import { CONTENDERS } from "../src/presets.js";
import { RECORDINGS } from "../src/recordings.js";
import { NotServedError, playUntil } from "../src/play-until.js";

const folder = mkdtempSync(join(tmpdir(), "replay-map-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { code: number; out: string; err: string } {
  return runFrom(RECORDINGS, ...args);
}

function runFrom(recordings: URL, ...args: string[]): { code: number; out: string; err: string } {
  let out = "";
  let err = "";
  const environment = { INIT_CWD: folder };
  const code = mapCommand(args, { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) }, environment, recordings });
  return { code, out, err };
}

test("a recording is played to a point, and the heap drawn and written down", () => {
  const { code, out, err } = run("--preset", "hoard", "--trace", "jq", "--at", "5%", "--svg", "map.svg", "--json", "seen.json", "--rows", "4");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^jq on hoard, after \d+ of \d+ events\nhoard: /);
  expect(out).toMatch(/^00000000 {2}#/m);
  expect(readFileSync(join(folder, "map.svg"), "utf8")).toMatch(/^<svg [^]*owned slabs[^]*<\/svg>\n$/);
  const { live } = readSnapshot(readFileSync(join(folder, "seen.json"), "utf8")).report;
  expect(out).toContain(`${live.blocks} live blocks`);
});

test("the map in the README of heapmap is what the command prints", () => {
  const readme = readFileSync(new URL("../../../packages/tools/heapmap/README.md", import.meta.url), "utf8");
  expect(readme).toContain(`\`\`\`text\n${run("--preset", "michael", "--trace", "jq", "--at", "50%").out}\`\`\``);
});

test.each(CONTENDERS.filter(({ ceilings }) => ceilings.blockBytes === undefined).map(({ name }) => name))("there is a map of %s", (name) => {
  const { code, out, err } = run("--preset", name, "--trace", "redis", "--at", "3000");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^00000000 {2}#/m);
});

test("the same point comes out alike each time", () => {
  expect(run("--at", "2000")).toEqual(run("--at", "2000"));
});

test.each([
  [["--preset", "none"], "there is no preset none"],
  [["--trace", "none"], "there is no trace none"],
  [["--at", "half"], "--at must be"],
  [["--at", "101%"], "--at must be"],
  [["--at", "1.5"], "--at must be"],
  [["--rows", "0"], "--rows must be"],
  [["--rows", "2.5"], "--rows must be"],
  [["--unknown"], "--unknown"],
])("%j makes no sense", (args, message) => {
  const { code, out, err } = run(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(message);
});

test.each(["--svg", "--json"])("where the file of %s cannot be written, a line says so", (option) => {
  const { code, out, err } = run("--at", "100", option, "absent/file");
  expect(code).toBe(1);
  expect(out).toMatch(/^jq on michael, /);
  expect(err).toMatch(/^ENOENT: .*absent\/file'\n$/);
});

test.each(["nothing", "half"])("a recording of which %s is left is told by its file", (left) => {
  const file = join(folder, "cut.hwtrace");
  const whole = readFileSync(new URL("jq.hwtrace", RECORDINGS));
  writeFileSync(file, left === "nothing" ? "" : whole.subarray(0, whole.length >> 1));
  const { code, out, err } = runFrom(pathToFileURL(`${folder}/`), "--trace", "cut");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^\S*\/cut\.hwtrace: the file ends in .*\n$/);
});

test("every kind of event is played, by as many threads as were recorded", () => {
  const builder = new TraceBuilder();
  const first = builder.malloc(0, 100);
  const second = builder.calloc(1, 10, 8);
  builder.alignedAlloc(0, 64, 100);
  const moved = builder.realloc(1, first, 5000);
  builder.free(0, second);
  builder.free(1, moved);
  const trace = builder.build({ program: "test" });
  const liveAfter = (events: number): number => {
    const heap = michael.create();
    playUntil(trace, heap, michael, events);
    heap.check();
    return inspect(heap).live.blocks;
  };
  expect([0, 1, 2, 3, 4, 5, 6].map(liveAfter)).toEqual([0, 1, 2, 3, 3, 2, 1]);
});

test("a request that is not served is said to be so", () => {
  const builder = new TraceBuilder();
  builder.malloc(0, 2 ** 24);
  expect(() => playUntil(builder.build({ program: "test" }), michael.create({ maximumBytes: 2 ** 22 }), michael, 1)).toThrow(NotServedError);
});
