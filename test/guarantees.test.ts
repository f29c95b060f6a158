// docs/guarantees.md: every guarantee names what shows it, and what it names is there.
import { describe, expect, test } from "vitest";
import { isThere, referencesIn } from "../tooling/evidence.js";
import { packages, readText } from "../tooling/repository.js";
import { titlesOf } from "../tooling/test-titles.js";

const GUARANTEES = readText("docs/guarantees.md");
const SHOWN_BY = "Shown by";
const UNSHOWN = "What is not shown";

/** Sections by their headings, of one level. */
function sectionsOf(text: string, marks: string): Map<string, string> {
  const [, ...parts] = text.split(new RegExp(`^${marks} `, "m"));
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n"))]));
}

const itemsOf = (text: string): string[] => text.split(/^(?=- )|\n\n/m).filter((part) => part.startsWith("- "));

const sections = sectionsOf(GUARANTEES, "##");
const guarantees = [...sections].filter(([name]) => name !== UNSHOWN).flatMap(([, text]) => itemsOf(text));
const evidenceOf = (item: string): string => item.slice(item.indexOf(SHOWN_BY) + SHOWN_BY.length);

test.each(guarantees)("%s", (item) => {
  expect(item.split(SHOWN_BY), "what is guaranteed, and what shows it").toHaveLength(2);
  const references = referencesIn(evidenceOf(item));
  expect(references).not.toEqual([]);
  expect(references.filter((one) => !isThere(one))).toEqual([]);
});

test("what is not shown is not said to be", () => {
  const items = itemsOf(sections.get(UNSHOWN) ?? "");
  expect(items).not.toEqual([]);
  expect(items.filter((item) => item.includes(SHOWN_BY))).toEqual([]);
});

const presets = packages().filter(({ folder }) => folder.startsWith("packages/presets/")).map(({ name }) => name);

test.each([...presets, "checked"])("%s has a word on progress, deaths, memory and races", (name) => {
  const parts = sectionsOf(sections.get(name) ?? "", "###");
  expect([...parts.keys()]).toEqual(["Progress", "Death", "Memory", "Races"]);
  expect([...parts.values()].map(itemsOf)).not.toContainEqual([]);
});

test.each(["progress", "a worker dies", "blowup"])("the README says of no system more about %s than is told here", (column) => {
  const named = new Set(guarantees.flatMap((item) => referencesIn(evidenceOf(item)).flatMap(({ names }) => names)));
  const systems = [...readText("README.md").matchAll(/^\| \[([^\]]+)\]\(packages\/presets[^|]*\|(?:[^|]*\|){8}$/gm)].map(([, name]) => name);
  expect(systems.length).toBeGreaterThanOrEqual(presets.length);
  expect(systems.filter((name) => !named.has(`${name} › ${column}`))).toEqual([]);
});

describe("a reference", () => {
  test("is the word for its kind and a name, or several", () => {
    expect(referencesIn("twin `a b`; test `c.test.ts`\n  › `d` › `` e `f` ``, and cell `g › h`.")).toEqual([
      { kind: "twin", names: ["a b"] },
      { kind: "test", names: ["c.test.ts", "d", "e `f`"] },
      { kind: "cell", names: ["g › h"] },
    ]);
  });

  test.each([
    ["cell", ["hoard › blowup"], ["hoard › colour"]],
    ["scenario", ["spin lock: three threads"], ["spin lock: three threads (deaths 1)"]],
    ["twin", ["queue without tags"], ["queue with tags"]],
    ["case", ["leaving: blocks outlive the one who made them"], ["zero: blocks outlive the one who made them"]],
    ["soak", ["rtos-heap_4"], ["rtos-heap_5"]],
    ["kills", ["packages/presets/michael"], ["packages/layers/pages"]],
    ["stress", ["packages/presets/michael"], ["packages/layers/pages"]],
    ["test", ["test/links.test.ts", "links of %s"], ["test/links.test.ts", "links of none"]],
  ])("to a %s is right only if there is one", (kind, names, wrong) => {
    expect([isThere({ kind, names }), isThere({ kind, names: wrong }), isThere({ kind: `${kind}s`, names })]).toEqual([true, false, false]);
  });
});

test("titles are read with those of the groups around them", () => {
  const text = 'describe("a", () => { it.each([1])("b %i", () => {}); test.runIf(x)(`c`, { timeout: 1 }, f); }); other("d"); it(e, f);';
  expect(titlesOf(text)).toEqual([["a"], ["a", "b %i"], ["a", "c"]]);
});
