// What is in this repository: its root, its packages with their manifests, their files. Read from disk on every call,
// because tests and scripts want the truth and run once.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A folder for what can be made again; outside git, and removed by `npm ci`. */
export const CACHE = join(ROOT, "node_modules", ".cache");

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * @typedef {object} Package
 * @property {string} name its name without the scope, which is also its folder's
 * @property {string} folder relative to {@link ROOT}, with slashes
 * @property {Manifest} manifest
 */

/** @returns {Package[]} every workspace, in alphabetical order of folders */
export function packages() {
  const roles = readdirSync(join(ROOT, "packages")).map((role) => `packages/${role}`);
  return [...roles, "apps"]
    .flatMap((role) => readdirSync(join(ROOT, role)).map((name) => ({ name, folder: `${role}/${name}` })))
    .filter(({ folder }) => existsSync(join(ROOT, folder, "package.json")))
    .map((found) => ({ ...found, manifest: JSON.parse(readText(`${found.folder}/package.json`)) }));
}

/**
 * @param {string} folder relative to {@link ROOT}
 * @param {(path: string) => boolean} wanted told a path relative to {@link ROOT}
 * @returns {string[]} files below `folder`, relative to {@link ROOT}, in alphabetical order
 */
export function filesBelow(folder, wanted) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder))
    .filter((entry) => ![".git", ".turbo", "dist", "node_modules", "coverage", "results"].includes(entry))
    .sort()
    .flatMap((entry) => {
      const path = relative(ROOT, join(ROOT, folder, entry)).split(sep).join("/");
      if (statSync(join(ROOT, path)).isDirectory()) return filesBelow(path, wanted);
      return wanted(path) ? [path] : [];
    });
}

/**
 * @param {{ folder: string }} one a package
 * @returns {string[]} its TypeScript sources, relative to {@link ROOT}
 */
export function sourcesOf({ folder }) {
  return filesBelow(`${folder}/src`, (path) => path.endsWith(".ts"));
}

/** @param {string} path relative to {@link ROOT} */
export function readText(path) {
  return readFileSync(join(ROOT, path), "utf8");
}
