// docs/layouts.md: every struct and packed table of the packages, drawn by the tables themselves; what their fields are for
// is in the comments of the sources. With --write as its argument this file writes the page; test/layouts.test.ts compares.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { PORTABLE_ROLES, placeOf } from "./architecture.js";
import { CACHE, packages, readText, ROOT, sourcesOf } from "./repository.js";

export const PAGE = "docs/layouts.md";

const OPENING = `# Layouts

What every word of shared memory means: who writes it, by what means, and when it is stable. Written by \`npm run layouts\`
from the tables in the sources; do not edit. Offsets are in bytes. A word is 32 bits; a \`pair\` is two words that change
together.
`;

/** @typedef {{ kind: "struct", name: string, bytes: number, align: number, fields: Record<string, { text: string }> } | { kind: "packed", name: string }} Layout */

const DECLARATION = /= (?:struct|packed)\(\s*"([^"]+)"/g;

/** @returns {Promise<string>} the whole page */
export async function layoutsPage() {
  const declaring = portablePackages().map((one) => ({ ...one, files: one.files.filter((file) => declaredIn(file).length > 0) }));
  const { modules, diagram } = await load(declaring.flatMap(({ files }) => files));
  const sections = declaring
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => {
      const tables = files.flatMap((file) => {
        const said = sentencesOf(file);
        return Object.values(modules[file]).filter(isLayout).map((layout) => ({ file, layout: withSentences(layout, said) }));
      });
      const drawn = tables.map(({ file, layout }) => `### ${layout.name}\n\n${caption(layout, file)}\n\n${diagram(layout)}\n`);
      return `## ${name}\n\n${drawn.join("\n")}`;
    });
  return [OPENING, ...sections].join("\n");
}

/** @returns {string[]} the names in all struct("Name", ...) and packed("Name", ...) of the sources */
export function declaredLayouts() {
  return portablePackages().flatMap(({ files }) => files.flatMap(declaredIn));
}

function portablePackages() {
  return packages()
    .filter(({ name }) => PORTABLE_ROLES.includes(placeOf(name).role))
    .map((one) => ({ name: one.manifest.name, files: sourcesOf(one) }));
}

/**
 * What the comments in front of the fields of a file's structs say.
 * @param {string} file
 * @returns {Map<string, string>} by `Struct.field`
 */
function sentencesOf(file) {
  const said = new Map();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === "struct") {
      const [name, fields] = node.arguments;
      if (ts.isStringLiteral(name) && ts.isObjectLiteralExpression(fields)) {
        for (const field of fields.properties) said.set(`${name.text}.${field.name?.getText()}`, commentOf(field));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest, true));
  return said;
}

/** @param {ts.Node} field */
function commentOf(field) {
  const comments = ts.getJSDocCommentsAndTags(field).map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "");
  return comments.join(" ").replaceAll(/\s+/g, " ");
}

/**
 * @param {Layout} layout
 * @param {Map<string, string>} said
 * @returns {Layout}
 */
function withSentences(layout, said) {
  if (layout.kind !== "struct") return layout;
  const fields = Object.entries(layout.fields).map(([key, field]) => [key, { ...field, text: field.text || said.get(`${layout.name}.${key}`) || "" }]);
  return { ...layout, fields: Object.fromEntries(fields) };
}

/** @param {string} file */
function declaredIn(file) {
  return [...readText(file).matchAll(DECLARATION)].map(([, name = ""]) => name);
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
 * @returns {Promise<{ modules: Record<string, object>, diagram: (layout: Layout) => string }>} what each file exports
 */
async function load(files) {
  const contents = [
    ...files.map((file, index) => `import * as module${index} from ${JSON.stringify(`./${file}`)};`),
    `export const modules = { ${files.map((file, index) => `${JSON.stringify(file)}: module${index}`).join(", ")} };`,
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
