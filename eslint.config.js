// What the compiler cannot see: the dependency arrows of tooling/architecture.js, the one door to shared memory, and
// the habits of CONTRIBUTING.md that a machine can check. Layout of the text is left to .editorconfig and to taste.
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { ARCHITECTURE, folderOf, placeOf, PORTABLE_ROLES, publishedNameOf } from "./tooling/architecture.js";

const SOURCES = ["packages/*/*/src/**/*.ts", "apps/*/src/**/*.ts"];
const TESTS = ["packages/*/*/test/**/*.ts", "apps/*/test/**/*.ts", "test/**/*.ts"];
const CONFIGS = ["**/*.config.ts", "**/*.config.js", "tsup.base.ts"];

const NO_DEFAULT_EXPORT = {
  selector: "ExportDefaultDeclaration, ExportSpecifier[exported.name='default']",
  message: "Export by name, so that a thing has one name everywhere.",
};
const NO_BOOLEAN_PARAMETER = {
  selector:
    ":matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression, TSDeclareFunction, TSEmptyBodyFunctionExpression, TSMethodSignature, TSFunctionType) > Identifier.params[typeAnnotation.typeAnnotation.type='TSBooleanKeyword']",
  message: "A bare true or false says nothing at the call: use a union of words, or two functions.",
};
const NO_UNRUN_TEST = {
  selector: "MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name=/^(only|skip|todo|fails)$/]",
  message: "Every test runs. One that needs something of the machine says so with runIf.",
};

const sharedMemoryGlobals = ["Atomics", "SharedArrayBuffer", "WebAssembly"].map((name) => ({
  name,
  message: "Shared words are reached through the Memory of @heapwright/core only.",
}));
const workerGlobals = ["close", "event", "name", "origin", "status", "self"].map((name) => ({
  name,
  message: "This is a global of web workers; a local variable is probably missing.",
}));

/**
 * Refuses imports of a package's sources for which there is no arrow.
 * @param {string} name
 * @returns {import("eslint").Linter.Config}
 */
function arrowsOf(name) {
  const { role, uses, outside = [] } = placeOf(name);
  const forbidden = Object.keys(ARCHITECTURE).filter((other) => !uses.includes(other)).map(publishedNameOf);
  const patterns = [
    {
      regex: `^(${forbidden.join("|")})(/|$)`,
      message: `tooling/architecture.js has no arrow from ${name} to this package.`,
    },
    { regex: "^@heapwright/[^/]+/", message: "Import a package by its name; its files are its own." },
    { regex: "^\\.\\.?/.*(?<!\\.js)$", message: "Relative imports end in .js, as they do once compiled." },
  ];
  if (PORTABLE_ROLES.includes(role)) {
    patterns.push({ regex: "^node:", message: "This package must run in browsers too." });
  }
  const allowed = ["@heapwright/", "heapwright$", "node:", "\\.", ...outside.map((one) => `${one}(/|$)`)].join("|");
  patterns.push({ regex: `^(?!${allowed})`, message: "Our packages depend on nothing outside this repository." });
  return {
    files: [`${folderOf(name)}/src/**/*.ts`],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
}

export default defineConfig(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/.turbo/**", "coverage/**"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  tseslint.configs.base,
  {
    rules: {
      "constructor-super": "error",
      eqeqeq: "error",
      "for-direction": "error",
      "no-async-promise-executor": "error",
      "no-compare-neg-zero": "error",
      "no-cond-assign": "error",
      "no-constant-binary-expression": "error",
      "no-debugger": "error",
      "no-duplicate-imports": ["error", { allowSeparateTypeImports: true }],
      "no-fallthrough": "error",
      "no-loss-of-precision": "error",
      "no-self-assign": "error",
      "no-self-compare": "error",
      "no-sparse-arrays": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-useless-escape": "error",
      "no-var": "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
      "prefer-const": "error",
      "no-restricted-syntax": ["error", NO_DEFAULT_EXPORT],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "all" }],
    },
  },
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: SOURCES,
    rules: {
      "max-lines": ["error", { max: 350 }],
      "no-restricted-syntax": ["error", NO_DEFAULT_EXPORT, NO_BOOLEAN_PARAMETER],
      "no-restricted-globals": ["error", ...workerGlobals],
    },
  },
  {
    files: ["packages/{foundation,layers,presets}/*/src/**/*.ts"],
    rules: { "no-restricted-globals": ["error", ...workerGlobals, ...sharedMemoryGlobals] },
  },
  {
    files: ["packages/foundation/core/src/**/*.ts"],
    rules: { "no-restricted-globals": ["error", ...workerGlobals] },
  },
  {
    // A tool with a command line keeps it in a file named bin.ts or *-command.ts, and only that one prints.
    files: ["packages/*/*/src/**/*.ts"],
    ignores: ["packages/tools/*/src/**/{bin,*.bin,*-command}.ts", "packages/tools/*/src/bin/**"],
    rules: { "no-console": "error" },
  },
  ...Object.keys(ARCHITECTURE).map(arrowsOf),
  {
    files: TESTS,
    rules: { "no-restricted-syntax": ["error", NO_DEFAULT_EXPORT, NO_UNRUN_TEST] },
  },
  { files: CONFIGS, rules: { "no-restricted-syntax": "off" } },
);
