import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snapshot } from "@heapwright/inspect";
import { afterAll, describe, expect, it } from "vitest";
import { heapmapCommand } from "../src/command.js";
import { coloursOf, heapmap, heapmapSvg, readSnapshot, SnapshotError, type Screen } from "../src/index.js";
import { smallHeap } from "./heaps.js";

const folder = mkdtempSync(join(tmpdir(), "heapmap-"));
afterAll(() => rmSync(folder, { recursive: true }));
const seen = snapshot(smallHeap());
const file = join(folder, "snapshot.json");
writeFileSync(file, JSON.stringify(seen));

function run(args: string[], screen: Screen = {}, environment: Record<string, string> = {}): { code: number; out: string; err: string } {
  let out = "";
  let err = "";
  const code = heapmapCommand(args, { out: { ...screen, write: (text) => (out += text) }, err: { write: (text) => (err += text) }, environment });
  return { code, out, err };
}

describe("heapmap", () => {
  it("draws a snapshot for what it is shown on", () => {
    expect(run([file])).toEqual({ code: 0, out: heapmap(seen), err: "" });
    const terminal = { isTTY: true, columns: 50 };
    expect(run([file], terminal).out).toBe(heapmap(seen, { width: 50, colours: "256" }));
    expect(run([file], terminal, { COLORTERM: "truecolor" }).out).toBe(heapmap(seen, { width: 50, colours: "truecolour" }));
    expect(run([file, "--rows", "1"], terminal, { NO_COLOR: "1" }).out).toBe(heapmap(seen, { width: 50, rows: 1 }));
  });

  it("writes an SVG besides", () => {
    const svg = join(folder, "map.svg");
    expect(run([file, "--svg", svg]).code).toBe(0);
    expect(readFileSync(svg, "utf8")).toBe(heapmapSvg(seen));
  });

  it("says what is wrong", () => {
    expect(run(["--help"])).toMatchObject({ code: 0, err: "" });
    expect(run([]).code).toBe(2);
    for (const rows of ["none", "2.5", "Infinity"]) expect(run([file, "--rows", rows])).toMatchObject({ code: 2, out: "" });
    expect(run([file, "--unknown"]).err).toContain("usage: heapmap");
    expect(run([join(folder, "absent.json")])).toMatchObject({ code: 1, out: "" });
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    expect(run([broken]).err).toContain("this is no snapshot of a heap");
    writeFileSync(broken, "\u001b[31m");
    expect(run([broken]).err).toMatch(/^[ -~]+\n$/);
  });
});

describe("coloursOf", () => {
  it.each([
    [{ isTTY: true }, {}, "256"],
    [{ isTTY: true }, { COLORTERM: "24bit" }, "truecolour"],
    [{ isTTY: true }, { NO_COLOR: "" }, "256"],
    [{ isTTY: true }, { NO_COLOR: "1", COLORTERM: "truecolor" }, "none"],
    [{ isTTY: true }, { TERM: "dumb" }, "none"],
    [{ isTTY: false }, { COLORTERM: "truecolor" }, "none"],
    [{}, {}, "none"],
  ] as const)("of %j with %j is %s", (screen, environment, colours) => {
    expect(coloursOf(screen, environment)).toBe(colours);
  });
});

describe("readSnapshot", () => {
  it("takes what a snapshot became as JSON", () => {
    expect(readSnapshot(JSON.stringify(seen))).toEqual(seen);
  });

  const { report, pages } = seen;
  it.each([
    ["null", null],
    ["no pages", { report, pages: [] }],
    ["no report", { pages }],
    ["a report without figures", { report: { ...report, mappedBytes: undefined }, pages }],
    ["a report without sums", { report: { ...report, live: { blocks: 1 } }, pages }],
    ["a report that counts no pages", { report: { ...report, pages: {} }, pages }],
    ["a page that is none", { report, pages: [...pages, { ...pages[0], state: "gone" }] }],
    ["a preset that cannot be printed", { report: { ...report, preset: "\u001b[31m" }, pages }],
    ["a layer that cannot be printed", { report, pages: [{ ...pages[0], layer: "\u001b]0;title\u0007" }] }],
    ["a layer of several lines", { report, pages: [{ ...pages[0], layer: "one\u2028two" }] }],
    ["an address beyond 4 GiB", { report, pages: [{ ...pages[0], address: 2 ** 32 }] }],
    ["an address that is no number to count with", { report, pages: [{ ...pages[0], address: 1e300 }] }],
    ["half an address", { report, pages: [{ ...pages[0], address: 0.5 }] }],
    ["a page of less than nothing", { report, pages: [{ ...pages[0], liveBytes: -1 }] }],
  ])("refuses %s", (_name, value) => {
    expect(() => readSnapshot(JSON.stringify(value))).toThrow(SnapshotError);
  });
});
