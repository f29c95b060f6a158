// docs/layouts.md: every struct and packed table of the packages, drawn by the tables themselves. With --write as its
// argument this file writes the page; test/layouts.test.ts compares.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { PORTABLE_ROLES, placeOf } from "./architecture.js";
import { CACHE, packages, readText, ROOT, sourcesOf } from "./repository.js";

export const PAGE = "docs/layouts.md";

const OPENING = `# Layouts

What every word of shared memory means: who writes it, by what means, and when it is stable. Written by \`npm run layouts\`
from the tables in the sources; do not edit. Offsets are in bytes. A word is 32 bits; a \`pair\` is two words that change
together.
`;

/** @typedef {{ kind: "struct", name: string, bytes: number, align: number } | { kind: "packed", name: string }} Layout */

/** @returns {Promise<string>} the whole page */
export async function layoutsPage() {
  const portable = packages().filter(({ name }) => PORTABLE_ROLES.includes(placeOf(name).role));
  const files = portable.flatMap((one) => sourcesOf(one).map((file) => ({ file, package: one.manifest.name })));
  const { modules, diagram } = await load(files.map(({ file }) => file));
  const sections = files.flatMap(({ file, package: owner }, index) =>
    Object.values(modules[index] ?? {})
      .filter(isLayout)
      .map((layout) => ({ owner, file, layout })),
  );
  // A table that index.ts re-exports is met twice; it belongs to the file that is not an index.
  const own = sections.filter(({ file }) => !file.endsWith("/index.ts"));
  const owners = [...new Set(own.map(({ owner }) => owner))];
  const text = owners.map((owner) => {
    const tables = own.filter((one) => one.owner === owner);
    const drawn = tables.map(({ file, layout }) => `### ${layout.name}\n\n${caption(layout, file)}\n\n${diagram(layout)}\n`);
    return `## ${owner}\n\n${drawn.join("\n")}`;
  });
  return [OPENING, ...text].join("\n");
}

/** @returns {string[]} the names in all struct("Name", ...) and packed("Name", ...) of the sources */
export function declaredLayouts() {
  const files = packages()
    .filter(({ name }) => PORTABLE_ROLES.includes(placeOf(name).role))
    .flatMap(sourcesOf);
  return files.flatMap((file) => [...readText(file).matchAll(/= (?:struct|packed)\(\s*"([^"]+)"/g)].map(([, name = ""]) => name));
}

/**
 * @param {Layout} layout
 * @param {string} file
 */
function caption(layout, file) {
  const size = layout.kind === "struct" ? `${layout.bytes} bytes, aligned to ${layout.align}` : "one word";
  return `${size}; [${file.replace(/^packages\//, "")}](../${file})`;
}

/**
 * @param {unknown} value
 * @returns {value is Layout}
 */
function isLayout(value) {
  return typeof value === "object" && value !== null && "kind" in value && (value.kind === "struct" || value.kind === "packed") && "name" in value;
}

/**
 * @param {string[]} files
 * @returns {Promise<{ modules: object[], diagram: (layout: Layout) => string }>}
 */
async function load(files) {
  const contents = [
    ...files.map((file, index) => `import * as module${index} from ${JSON.stringify(`./${file}`)};`),
    `export const modules = [${files.map((_, index) => `module${index}`).join(", ")}];`,
    `export { diagram } from "@heapwright/core";`,
  ].join("\n");
  const outfile = join(CACHE, `heapwright-layouts-${process.pid}.mjs`);
  await build({
    stdin: { contents, resolveDir: ROOT },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["source"],
    logLevel: "silent",
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

if (process.argv[1] === import.meta.filename && process.argv.includes("--write")) {
  mkdirSync(join(ROOT, "docs"), { recursive: true });
  writeFileSync(join(ROOT, PAGE), await layoutsPage());
  console.log(`wrote ${PAGE}`);
}
