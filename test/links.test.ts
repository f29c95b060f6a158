// Links inside the repository lead somewhere: the file exists, and the heading in it too.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, linksOf } from "../tooling/markdown.js";
import { filesBelow, readText, ROOT } from "../tooling/repository.js";

const documents = filesBelow("", (path) => path.endsWith(".md"));

test.each(documents)("links of %s", (document) => {
  const broken = linksOf(readText(document)).filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(document, link));
  expect(broken).toEqual([]);
});

function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : posix.join(posix.dirname(document), decodeURI(path));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || !target.endsWith(".md") || anchorsOf(readText(target)).includes(anchor);
}

test("links in code are none, and headings have GitHub's anchors", () => {
  expect(linksOf("a [b](c.md#d) `[e](f)`\n```\n[g](h)\n```\n[i]: j.md\n")).toEqual(["c.md#d", "j.md"]);
  expect(anchorsOf("# A `malloc(100)`, traced\n## Same\n## Same\n")).toEqual(["a-malloc100-traced", "same", "same-1"]);
});
