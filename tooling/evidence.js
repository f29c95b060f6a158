// How docs/guarantees.md says what shows a guarantee, and whether that exists. A reference is the word for its kind and a
// name in code style: cell `hoard › blowup`, scenario `spin lock: three threads`. A test is named by its file and, behind
// signs ›, its title and those of the groups around it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, readText, ROOT } from "./repository.js";
import { titlesOf } from "./test-titles.js";

/**
 * @typedef {object} Reference
 * @property {string} kind
 * @property {string[]} names one, but for tests: file and titles
 */

/** By kind: whether there is what is referred to. */
const EXISTS = {
  /** @param {string} name row and column of the table in the README */
  cell(name) {
    const [[, ...columns] = [], ...rows] = tableIn(/<!-- guarantees:.*?<!-- end of guarantees -->/s.exec(readText("README.md"))?.[0] ?? "");
    const [row = "", column = ""] = name.split(" › ");
    return columns.includes(column) && rows.some(([system = ""]) => system.startsWith(`[${row}](`));
  },

  /** @param {string} name of a scenario that is explored, with bounds that it has, or without any */
  scenario(name) {
    const wanted = boundsOf(name);
    return rowsOf("packages/tools/model/COUNTS.md").map(([row]) => boundsOf(row))
      .some(({ scenario, bounds }) => scenario === wanted.scenario && wanted.bounds.every((bound) => bounds.includes(bound)));
  },

  /** @param {string} name of a broken layer that the explorer has caught */
  twin: (name) => rowsOf("packages/tools/model/TWINS.md").some(([flaw]) => flaw === name),

  /** @param {string} name group and name of a case that every preset passes */
  case(name) {
    const [, group = "", sentence = ""] = /^([^:]+): (.*)$/.exec(name) ?? [];
    const files = filesBelow("packages/tools/contract/src", (path) => path.endsWith(".ts")).map(readText);
    return files.some((text) => text.includes(`casesOf("${group}"`) && text.includes(`"${sentence}": `));
  },

  /** @param {string} name of a form whose workers are killed by `npm run soak -- --preset name` */
  soak(name) {
    const subjects = readText("apps/soak/src/subjects.ts");
    return subjects.includes(`subject("${name}"`) || subjects.includes(`rtosForm("${name.replace(/^rtos-/, "")}")`);
  },

  /** @param {string} folder of a package whose tests kill workers */
  kills: (folder) => textIfAny(`${folder}/test/stress.threads.test.ts`).includes("killContract("),

  /** @param {string} folder of a package whose tests let workers work on one heap */
  stress: (folder) => textIfAny(`${folder}/test/stress.threads.test.ts`).includes("stressContract("),
};

const CODE = /(?<!`)(`+)(?!`) ?(.+?) ?(?<!`)\1(?!`)/g;

/**
 * @param {string} text each code in it belongs to a reference
 * @returns {Reference[]} the kind of one is the word before it, whatever that is
 */
export function referencesIn(text) {
  const line = text.replaceAll(/\s+/g, " ");
  /** @type {Reference[]} */
  const references = [];
  let end = 0;
  for (const { 0: code, 2: name = "", index } of line.matchAll(CODE)) {
    const before = line.slice(end, index).trim();
    end = index + code.length;
    if (before === "›") references.at(-1)?.names.push(name);
    else references.push({ kind: /\S*$/.exec(before)?.[0] ?? "", names: [name] });
  }
  return references;
}

/** @param {Reference} reference */
export function isThere({ kind, names: [name = "", ...titles] }) {
  if (kind === "test") return isTest(name, titles);
  const exists = Object.entries(EXISTS).find(([known]) => known === kind)?.[1];
  return titles.length === 0 && exists !== undefined && exists(name);
}

/**
 * @param {string} file
 * @param {readonly string[]} titles of groups and the test, neighbours in this order
 */
function isTest(file, titles) {
  if (!file.endsWith(".test.ts") || titles.length === 0) return false;
  const wanted = ` › ${titles.join(" › ")} › `;
  return titlesOf(textIfAny(file)).some((path) => ` › ${path.join(" › ")} › `.includes(wanted));
}

/**
 * @param {string} name
 * @returns {{ scenario: string, bounds: string[] }} `{ "x", ["deaths 1"] }` of "x (deaths 1)"
 */
function boundsOf(name) {
  const [, scenario = "", bounds] = /^(.*?)(?: \(([^()]*)\))?$/.exec(name) ?? [];
  return { scenario, bounds: bounds === undefined ? [] : bounds.split(", ") };
}

/**
 * @param {string} document with one table
 * @returns {string[][]} the cells of its rows
 */
function rowsOf(document) {
  return tableIn(readText(document)).slice(1);
}

/**
 * @param {string} text
 * @returns {string[][]} the cells of its table, the head first
 */
function tableIn(text) {
  const lines = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| -/.test(line));
  return lines.map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}

/** @param {string} path */
function textIfAny(path) {
  return existsSync(join(ROOT, path)) ? readText(path) : "";
}
