// The dependency arrows of this repository, in one place. eslint refuses an import that has no arrow here while one
// types it, and test/architecture.test.ts compares the arrows with every package.json, every import and the picture in
// ARCHITECTURE.md. Arrows point down: a layer knows another layer through the interfaces in core, with three stated
// exceptions (slab and thread-cache keep their blocks on lists of freelist; checked is put around a composition by combine).

/** Folders under packages/ (and apps), lowest first. A package may use packages of its own role or of a lower one. */
export const ROLES = /** @type {const} */ (["foundation", "layers", "presets", "tools", "apps"]);

/** @typedef {(typeof ROLES)[number]} Role */

/**
 * @typedef {object} Place
 * @property {Role} role the folder it lives in
 * @property {readonly string[]} uses our packages that its sources import
 * @property {readonly string[]} [outside] packages from outside this repository that its sources import
 */

/** @type {Readonly<Record<string, Place>>} */
export const ARCHITECTURE = {
  core: { role: "foundation", uses: [] },
  sizes: { role: "foundation", uses: [] },
  sync: { role: "foundation", uses: ["core"] },

  pages: { role: "layers", uses: ["core"] },
  freelist: { role: "layers", uses: ["core"] },
  slab: { role: "layers", uses: ["core", "sizes", "sync", "freelist"] },
  coalesce: { role: "layers", uses: ["core"] },
  "thread-cache": { role: "layers", uses: ["core", "freelist"] },
  combine: { role: "layers", uses: ["core", "sync"] },
  checked: { role: "layers", uses: ["core", "combine"] },

  "slist-pools": { role: "presets", uses: ["core", "pages", "slab", "thread-cache", "combine"] },
  "ao-malloc": { role: "presets", uses: ["core", "pages", "freelist", "slab", "combine"] },
  michael: { role: "presets", uses: ["core", "pages", "slab", "combine"] },
  dlmalloc: { role: "presets", uses: ["core", "sync", "pages", "coalesce", "combine"] },
  hoard: { role: "presets", uses: ["core", "sizes", "pages", "slab", "combine"] },
  heapwright: { role: "presets", uses: ["core", "pages", "slab", "combine"] },
  "span-malloc": { role: "presets", uses: ["core", "sync", "pages", "coalesce", "combine"] },
  "rtos-heap": { role: "presets", uses: ["core", "sync", "pages", "coalesce", "combine"] },

  contract: { role: "tools", uses: ["core"], outside: ["fast-check", "vitest"] },
  model: { role: "tools", uses: ["core"] },
  trace: { role: "tools", uses: ["core"] },
  inspect: { role: "tools", uses: ["core"] },
  heapmap: { role: "tools", uses: ["core", "inspect"] },
  workers: { role: "tools", uses: [], outside: ["esbuild"] },

  bench: {
    role: "apps",
    uses: ["ao-malloc", "core", "dlmalloc", "heapwright", "hoard", "michael", "rtos-heap", "slist-pools", "span-malloc", "trace"],
    outside: ["@observablehq/plot", "@thi.ng/malloc", "esbuild"],
  },
  demos: { role: "apps", uses: ["checked", "combine", "contract", "core", "heapwright", "hoard", "pages", "sizes", "slab", "thread-cache"] },
  guarantees: { role: "apps", uses: ["ao-malloc", "core", "dlmalloc", "heapwright", "hoard", "michael", "rtos-heap", "slist-pools", "span-malloc"] },
  replay: { role: "apps", uses: ["ao-malloc", "core", "dlmalloc", "heapmap", "heapwright", "hoard", "inspect", "michael", "rtos-heap", "slist-pools", "span-malloc", "trace"] },
  simulate: { role: "apps", uses: ["ao-malloc", "combine", "core", "dlmalloc", "heapwright", "hoard", "michael", "model", "rtos-heap", "slist-pools", "span-malloc"] },
  soak: { role: "apps", uses: ["ao-malloc", "checked", "contract", "core", "dlmalloc", "heapwright", "hoard", "michael", "rtos-heap", "slist-pools", "span-malloc"] },
};

/** Layers that may import another layer by name. */
export const LAYER_EXCEPTIONS = ["slab -> freelist", "thread-cache -> freelist", "checked -> combine"];

/** Roles whose sources must run in a browser, and so may not import from node. */
export const PORTABLE_ROLES = ["foundation", "layers", "presets"];

/**
 * @param {string} name a key of {@link ARCHITECTURE}
 * @returns {string} its folder, relative to the root of the repository
 */
export function folderOf(name) {
  const role = placeOf(name).role;
  return role === "apps" ? `apps/${name}` : `packages/${role}/${name}`;
}

/**
 * @param {string} name a key of {@link ARCHITECTURE}
 * @returns {string} the name it is published by: the default allocator's has no scope
 */
export function publishedNameOf(name) {
  return name === "heapwright" ? name : `@heapwright/${name}`;
}

/**
 * @param {string} name
 * @returns {Place}
 */
export function placeOf(name) {
  const place = ARCHITECTURE[name];
  if (place === undefined) throw new RangeError(`${name} is not in tooling/architecture.js`);
  return place;
}
