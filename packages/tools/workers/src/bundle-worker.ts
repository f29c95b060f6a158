/**
 * Turns a TypeScript worker entry into one file that plain Node can run in a worker thread, so that threads tests run
 * on source like all others. The one idea: bundle on demand with esbuild under the "source" condition, and name the
 * result by its content, so that test processes that run side by side can share it without a lock.
 */
import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CACHE = new URL("../../../../node_modules/.cache/heapwright-workers/", import.meta.url);

const bundles = new Map<string, Promise<URL>>();

/**
 * Bundles `entry` and everything it imports.
 * @param entry a file URL or a path, usually `new URL("./name.worker.ts", import.meta.url)`
 * @returns the URL of an ES module; the same promise for every call with this entry in this process
 * @throws when esbuild cannot resolve or parse something
 */
export function bundleWorker(entry: URL | string): Promise<URL> {
  const path = typeof entry === "string" ? entry : fileURLToPath(entry);
  const known = bundles.get(path);
  if (known !== undefined) return known;
  const bundle = writeBundle(path);
  bundles.set(path, bundle);
  return bundle;
}

async function writeBundle(path: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "esm",
    conditions: ["source"],
    sourcemap: "inline",
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${path}`);
  const digest = createHash("sha256").update(output.contents).digest("hex").slice(0, 16);
  const target = new URL(`${basename(path, ".ts")}-${digest}.mjs`, CACHE);
  const draft = new URL(`${basename(path, ".ts")}-${digest}.${process.pid}.draft`, CACHE);
  await mkdir(CACHE, { recursive: true });
  await writeFile(draft, output.contents);
  // Another process may be doing the same; renaming is atomic, and both drafts hold the same bytes.
  await rename(draft, target);
  return target;
}
