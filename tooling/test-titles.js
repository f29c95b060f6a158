// What the tests in a file are called, as the compiler reads it, so that a document can refer to them.
import ts from "typescript";

const DECLARES = new Set(["describe", "it", "test"]);

/**
 * @param {string} text of a TypeScript file
 * @returns {string[][]} a path for each test and group of tests: its own title last, those of the groups around it before.
 *   Titles of parametrised tests are as they are written, %s and all.
 */
export function titlesOf(text) {
  /** @type {string[][]} */
  const found = [];
  /**
   * @param {ts.Node} node
   * @param {string[]} around
   */
  const visit = (node, around) => {
    const title = titleOf(node);
    const path = title === undefined ? around : [...around, title];
    if (title !== undefined) found.push(path);
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest), []);
  return found;
}

/** @param {ts.Node} node */
function titleOf(node) {
  if (!ts.isCallExpression(node) || !DECLARES.has(calledBy(node))) return undefined;
  const [title] = node.arguments;
  return title !== undefined && ts.isStringLiteralLike(title) ? title.text : undefined;
}

/**
 * @param {ts.Node} node
 * @returns {string} `it` of `it(...)`, of `it.each(...)(...)` and of `it.runIf(...)(...)`
 */
function calledBy(node) {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) ? calledBy(node.expression) : "";
}
