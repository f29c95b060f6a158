// The package where there is no Node: bundled as for a browser, in a realm that has nothing but the language and what is
// named here.
import { createContext, runInContext } from "node:vm";
import { brotliDecompressSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { encodeTrace } from "../src/index.js";
import { randomTrace } from "./random-trace.js";

const PROGRAM = `
  import { decodeTrace, planReplay, ReplayBoard, replayThread } from "@heapwright/trace";
  import { SimpleHeap } from "./simple-heap.js";
  export function play(file, unpack) {
    const plan = planReplay(decodeTrace(file, unpack));
    return replayThread(new SimpleHeap(), plan, 0, ReplayBoard.create(1, plan.blocks));
  }`;

const file = encodeTrace(randomTrace(3, 1, 500));
let imports: readonly unknown[];
let play: (file: Uint8Array, unpack?: (packed: Uint8Array, most: number) => Uint8Array) => { readonly events: number; readonly failure: unknown };

beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "iife",
    globalName: "page",
    conditions: ["source"],
    logLevel: "silent",
  });
  imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const realm = createContext({ TextDecoder, TextEncoder, performance });
  play = runInContext(`${outputFiles[0].text}; page.play`, realm) as typeof play;
});

test("a bundle for browsers can be made, and imports nothing", () => {
  expect(imports).toEqual([]);
});

test("a trace is read and played, with the page's own way to unpack", () => {
  const unpack = (packed: Uint8Array, most: number): Uint8Array => brotliDecompressSync(packed, { maxOutputLength: most });
  expect(play(file, unpack)).toMatchObject({ events: 500, failure: undefined });
});

test("without one, it is said what is missing", () => {
  expect(() => play(file)).toThrow(/this is not Node: give decodeTrace a function that unpacks/);
});
