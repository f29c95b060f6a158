// The habits of CONTRIBUTING.md that can be counted: what files are called, how they open, how long they are.
import { basename } from "node:path";
import { expect, test } from "vitest";
import { packages, readText, sourcesOf } from "../tooling/repository.js";

const sources = packages().flatMap(sourcesOf);

test("files are named in kebab case, and after what they hold", () => {
  const named = sources.map((file) => basename(file, ".ts"));
  expect(named.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.worker)?$/.test(name))).toEqual([]);
  expect(named.filter((name) => /^(utils?|helpers?|misc|common|shared|lib)$/.test(name))).toEqual([]);
});

test("every file opens with a paragraph on what it is", () => {
  const mute = sources.filter((file) => basename(file) !== "index.ts" && !/^(#!.*\n)?(\/\*\*|\/\/ \S)/.test(readText(file)));
  expect(mute).toEqual([]);
});

test("an index only re-exports", () => {
  const indices = sources.filter((file) => /^packages\/.*\/src\/index\.ts$/.test(file));
  const busy = indices.filter((file) => {
    const text = readText(file).replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
    return !/^(\s*export (type )?(\{[^}]*\}|\*( as \w+)?)( from "[^"]+")?;)*\s*$/.test(text);
  });
  expect(busy).toEqual([]);
});

test("half of all files are shorter than 100 lines", () => {
  const lengths = sources.filter((file) => basename(file) !== "index.ts").map((file) => readText(file).split("\n").length - 1);
  expect(lengths.sort((a, b) => a - b)[lengths.length >> 1]).toBeLessThan(100);
});
