/**
 * Makes one module of each test file and all of the repository's that it imports, in memory and anew each time. Vitest would
 * keep them apart, and every use of an imported name, in the innermost loop too, would read a property of an object through
 * one getter for each file that passes the name on: the conformance suite then takes 1.7 times the processor time (V8 11.3).
 * What is tested comes closer to what ships, where the modules of a package are one as well. Making it takes half a second, so
 * it is done for long tests only.
 *
 * Each module still has its own `import.meta.url`, frames of stacks are those of the sources, and packages of others stay apart.
 */
import { readFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/**
 * A vitest plugin.
 * @param {RegExp} long matches the paths of test files that this is worth while for
 * @returns {import("vitest/config").Plugin}
 */
export function bundleTests(long) {
  return {
    name: "bundle-tests",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(".test.ts") || !long.test(id)) return undefined;
      const { outputFiles, metafile } = await build({
        entryPoints: [id],
        bundle: true,
        write: false,
        metafile: true,
        platform: "node",
        target: "node20",
        format: "esm",
        conditions: ["source"],
        sourcemap: "external",
        outdir: dirname(id),
        define: { "import.meta.url": "import_meta_url" },
        plugins: [othersStayApart, urlsStay],
        logLevel: "silent",
      });
      // watched: a change of any of them runs the test again
      for (const file of Object.keys(metafile.inputs)) this.addWatchFile(file);
      const [map, code] = [".map", ".js"].map((end) => outputFiles.find(({ path }) => extname(path) === end)?.text);
      return { code: code ?? "", map: map ?? null };
    },
  };
}

/** @type {import("esbuild").Plugin} */
const othersStayApart = {
  name: "others-stay-apart",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === "entry-point" || pluginData === othersStayApart) return undefined;
      const found = await resolve(path, { kind, resolveDir, pluginData: othersStayApart });
      return found.external || found.path.includes("node_modules") ? { path, external: true } : found;
    });
  },
};

/** @type {import("esbuild").Plugin} */
const urlsStay = {
  name: "urls-stay",
  setup({ onLoad }) {
    onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const url = text.includes("import.meta.url") ? `const import_meta_url = ${JSON.stringify(pathToFileURL(path).href)}; ` : "";
      return { contents: url + text, loader: extname(path) === ".ts" ? "ts" : "js" };
    });
  },
};
