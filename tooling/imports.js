// What a TypeScript file imports, as the compiler reads it: comments and strings that look like imports are none.
import ts from "typescript";

/**
 * @param {string} text of a TypeScript file
 * @returns {{ specifier: string, erased: boolean }[]} one per import or re-export; `erased` ones (`import type`) are gone
 *   once compiled. A dynamic `import("...")` counts, a specifier that is computed does not.
 */
export function importsOf(text) {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest);
  /** @type {{ specifier: string, erased: boolean }[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, erased: isErased(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @param {ts.Node} node */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

/** @param {ts.Node} node */
function isErased(node) {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) {
    const clause = node.exportClause;
    return node.isTypeOnly || (clause !== undefined && ts.isNamedExports(clause) && clause.elements.every((one) => one.isTypeOnly));
  }
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false;
  const { importClause } = node;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = importClause.namedBindings;
  return (
    importClause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((one) => one.isTypeOnly)
  );
}
