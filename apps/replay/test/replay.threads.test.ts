import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleWorker } from "@heapwright/workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CONTENDERS } from "../src/presets.js";
import { RECORDINGS } from "../src/recordings.js";
import { replayCommand } from "../src/replay-command.js";

const folder = mkdtempSync(join(tmpdir(), "replay-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let worker: URL;
beforeAll(async () => {
  worker = await bundleWorker(new URL("../src/worker.ts", import.meta.url));
});

/** A recording of five threads whose blocks cross between them; the smallest of those. */
const TRACE = "ripgrep";

function command(...args: string[]) {
  return commandFrom(RECORDINGS, ...args);
}

async function commandFrom(recordings: URL, ...args: string[]) {
  const texts = { out: "", err: "" };
  const out = { write: (text: string) => (texts.out += text) };
  const err = { write: (text: string) => (texts.err += text) };
  return { code: await replayCommand(args, { out, err, worker, folder, recordings }), ...texts };
}

test("every preset serves a recording, or shows that it cannot, and is verified", async () => {
  const { code, out, err } = await command("--trace", TRACE, "--out", join(folder, "good"));
  expect(code, out).toBe(0);
  const limited = out.split("\n").filter((line) => line.includes("  cannot: "));
  expect(out).toContain(`All ${CONTENDERS.length - limited.length} runs verified that the presets are made for`);
  expect(limited).toContainEqual(expect.stringMatching(/^slist-pools .*cannot: (blocks end at 64 bytes|there are 64 blocks)/));
  expect(err.trimEnd().split("\n")).toHaveLength(CONTENDERS.length);

  const files = readdirSync(join(folder, "good")).sort();
  expect(files).toEqual([expect.stringMatching(/^replay-.*\.json$/), expect.stringMatching(/^replay-.*\.md$/)]);
  const json = JSON.parse(readFileSync(join(folder, "good", files[0]), "utf8")) as Record<string, unknown>;
  expect(json).toMatchObject({ node: process.version, command: `npm start -- --trace ${TRACE} --out ${join(folder, "good")}` });
  expect(json["results"]).toHaveLength(CONTENDERS.length);
  expect(readFileSync(join(folder, "good", files[1]), "utf8")).toContain("| yes |");
});

test("a single run is told as one", async () => {
  const { code, out } = await command("--trace", TRACE, "--preset", "michael", "--out", join(folder, "single"));
  expect(code, out).toBe(0);
  expect(out).toContain("\n1 run verified.\n");
});

test("a run that takes too long has failed, and so has the command", async () => {
  const { code, out } = await command("--trace", TRACE, "--preset", "michael", "--timeout", "0.01", "--out", join(folder, "bad"));
  expect(code).toBe(1);
  expect(out).toContain("FAILED: timed out");
  expect(out).toContain("1 of 1 runs FAILED.");
});

test("a damaged recording is a failed run that names the file, and the others are replayed", async () => {
  const recordings = join(folder, "recordings");
  mkdirSync(recordings);
  copyFileSync(new URL(`${TRACE}.hwtrace`, RECORDINGS), join(recordings, `${TRACE}.hwtrace`));
  writeFileSync(join(recordings, "cut.hwtrace"), "");
  const { code, out, err } = await commandFrom(pathToFileURL(`${recordings}/`), "--preset", "michael", "--out", "damaged");
  expect(code, out).toBe(1);
  expect(out).toMatch(/^michael .* cut .* FAILED: \S*\/cut\.hwtrace: the file ends in its first 16 bytes$/m);
  expect(out).toMatch(new RegExp(`^michael .* ${TRACE} .* yes$`, "m"));
  expect(out).toContain("1 of 2 runs FAILED.");
  expect(err).toContain("cut on michael: FAILED: ");
  // relative to where the caller stands
  expect(readdirSync(join(folder, "damaged"))).toHaveLength(2);
});

test("a folder that cannot be written to is told before anything is replayed", async () => {
  writeFileSync(join(folder, "file"), "");
  const { code, out, err } = await command("--trace", TRACE, "--preset", "michael", "--out", "file");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^cannot write to \S*\/file: .*\n$/);
});

test("a command line that makes no sense is answered with the usage", async () => {
  const { code, out, err } = await command("--trace", "nothing");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("there is no trace nothing; there are cc1");
  expect(err).toContain("usage: npm start");
});

test("help and lists", async () => {
  expect(await command("--help")).toMatchObject({ code: 0, err: "", out: expect.stringContaining("usage: npm start") as string });
  expect((await command("--list")).out).toContain(TRACE);
});
