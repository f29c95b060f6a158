// The arrows of tooling/architecture.js are the truth about who may know whom. These tests compare it with everything
// else that says so: folders, manifests, imports and the picture in ARCHITECTURE.md.
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { ARCHITECTURE, folderOf, LAYER_EXCEPTIONS, placeOf, publishedNameOf, ROLES } from "../tooling/architecture.js";
import { cycleIn } from "../tooling/cycles.js";
import { importsOf } from "../tooling/imports.js";
import { packages, readText, sourcesOf } from "../tooling/repository.js";

const everything = packages();
const names = Object.keys(ARCHITECTURE);
const arrows = new Map(names.map((name) => [name, placeOf(name).uses]));

test("every package stands in the table, in the folder of its role", () => {
  expect(everything.map(({ folder }) => folder).sort()).toEqual(names.map(folderOf).sort());
  for (const { name, manifest } of everything) expect(manifest.name).toBe(publishedNameOf(name));
});

test("no arrow points up", () => {
  const rank = (name: string): number => ROLES.indexOf(placeOf(name).role);
  for (const name of names) {
    for (const used of placeOf(name).uses) {
      expect(rank(used), `${name} -> ${used}`).toBeLessThanOrEqual(rank(name));
      if (placeOf(used).role === "tools") expect(["tools", "apps"], `${name} -> ${used}`).toContain(placeOf(name).role);
    }
  }
});

test("a layer imports another layer only where that is stated", () => {
  const isLayer = (name: string): boolean => placeOf(name).role === "layers";
  const found = names.filter(isLayer).flatMap((name) => placeOf(name).uses.filter(isLayer).map((used) => `${name} -> ${used}`));
  expect(found).toEqual(LAYER_EXCEPTIONS);
});

test("no arrows form a cycle", () => {
  expect(cycleIn(arrows)).toEqual([]);
  expect(cycleIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]))).toEqual(["b", "c", "b"]);
});

describe.each(everything)("$name", (one) => {
  const { uses, outside = [] } = placeOf(one.name);
  const { manifest } = one;
  const imports = sourcesOf(one).flatMap((file) => importsOf(readText(file)).map((found) => ({ file, ...found })));

  test("depends in its manifest on what the table says, at its version here", () => {
    const versions = new Map(everything.map((other) => [other.manifest.name, other.manifest.version]));
    const declared = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
    const ours = declared.filter(([name]) => versions.has(name));
    expect(ours.map(([name]) => name).sort()).toEqual(uses.map(publishedNameOf).sort());
    for (const [name, version] of ours) expect(version, name).toBe(versions.get(name));
    const others = declared.map(([name]) => name).filter((name) => !versions.has(name));
    expect(others.sort()).toEqual([...outside].sort());
  });

  test("imports only what the table says", () => {
    const allowed = new Set([...uses.map(publishedNameOf), ...outside]);
    const strangers = imports.filter(({ specifier }) => !/^(\.|node:)/.test(specifier) && !allowed.has(specifier));
    expect(strangers).toEqual([]);
  });

  test("imports all that the table says", () => {
    const used = new Set(imports.map(({ specifier }) => specifier));
    expect(uses.filter((name) => !used.has(publishedNameOf(name)))).toEqual([]);
  });

  test("has no files that import each other in a circle, not even types", () => {
    const graph = new Map<string, string[]>(sourcesOf(one).map((file) => [file, []]));
    for (const { file, specifier } of imports) {
      if (!specifier.startsWith(".")) continue;
      graph.get(file)?.push(posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts"));
    }
    expect(cycleIn(graph)).toEqual([]);
  });
});

test("imports are told from text that looks like one, and erased ones from the rest", () => {
  const text = `
    // import "comment";
    import type { A } from "a";
    import { type B } from "b";
    import { type C, d } from "c";
    export * from "./e.js";
    type F = import("f").F;
    const g = "import 'string'"; await import("h");`;
  expect(importsOf(text)).toEqual([
    { specifier: "a", erased: true },
    { specifier: "b", erased: true },
    { specifier: "c", erased: false },
    { specifier: "./e.js", erased: false },
    { specifier: "f", erased: true },
    { specifier: "h", erased: false },
  ]);
});

/** Everything that can be reached from `name` along `graph`, itself left out. */
function reachable(graph: ReadonlyMap<string, readonly string[]>, name: string): string[] {
  const seen = new Set<string>();
  const pending = [...(graph.get(name) ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    pending.push(...(graph.get(next) ?? []));
  }
  return [...seen].sort();
}

/** The arrows of the mermaid drawing in ARCHITECTURE.md: lines of the form `slab --> freelist & sync`. */
function drawnArrows(markdown: string): Map<string, string[]> {
  const drawing = /```mermaid\n(.*?)```/s.exec(markdown)?.[1] ?? "";
  const drawn = new Map<string, string[]>();
  for (const [, from = "", to = ""] of drawing.matchAll(/^\s*([\w &-]+?)\s*-->\s*([\w &-]+?)\s*$/gm)) {
    for (const name of from.split(/\s*&\s*/)) drawn.set(name, [...(drawn.get(name) ?? []), ...to.split(/\s*&\s*/)]);
  }
  return drawn;
}

test("the picture in ARCHITECTURE.md shows these arrows", () => {
  const drawn = drawnArrows(readText("ARCHITECTURE.md"));
  const drawnNames = [...new Set([...drawn.keys(), ...[...drawn.values()].flat()])];
  expect(drawnNames.filter((name) => !names.includes(name)), "drawn, but not a package").toEqual([]);
  for (const name of names) {
    if (placeOf(name).role === "tools" && !drawnNames.includes(name)) continue; // tools may be left out of the picture
    for (const used of drawn.get(name) ?? []) expect(placeOf(name).uses, `drawn: ${name} --> ${used}`).toContain(used);
    // Arrows that follow from others may be left out.
    expect(reachable(drawn, name), `what ${name} rests on`).toEqual(reachable(arrows, name));
  }
});
