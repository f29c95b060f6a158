/**
 * Compiles what is not JavaScript. The one idea: a product is named by the hash of all that it is made from, compiler
 * included, so that it is made once and never stale. What cannot be made says why, and is left out by name.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { decodeTrace } from "@heapwright/trace";
import { CACHE, NATIVE, RECORDINGS } from "../places.js";
import { encodeEvents } from "../workloads/trace-events.js";

/** Something that a contender needs is not there; the message says what. */
export class NotInstalledError extends Error {
  override readonly name = "NotInstalledError";
}

const require = createRequire(import.meta.url);
const WASI_LIBC = "/usr/lib/wasm32-wasi/libc.a";
const EXPORTS = ["malloc", "calloc", "realloc", "aligned_alloc", "free"];

/** AssemblyScript. Its allocator aligns to 16 bytes and no more, and zeroes nothing. */
const TLSF = `
export function malloc(bytes: usize): usize { return heap.alloc(bytes); }
export function aligned_alloc(alignment: usize, bytes: usize): usize { return heap.alloc(bytes); }
export function realloc(address: usize, bytes: usize): usize { return heap.realloc(address, bytes); }
export function free(address: usize): void { heap.free(address); }
export function calloc(count: usize, bytes: usize): usize {
  const address = heap.alloc(count * bytes);
  memory.fill(address, 0, count * bytes);
  return address;
}
`;

/** The C program. @returns its path @throws NotInstalledError */
export function buildNative(variant: "malloc" | "bump"): string {
  const compiler = firstLine("gcc", "--version");
  const sources = [NATIVE, join(NATIVE, "workloads")].flatMap((folder) => filesIn(folder, ".c"));
  // where a loop of stores lies decides how long it takes: so that is not to depend on what else is in the program
  const options = ["-O2", "-falign-functions=64", "-std=c11", "-fno-builtin", "-pthread", ...(variant === "bump" ? ["-DBUMP"] : [])];
  const inputs = [...sources, ...filesIn(NATIVE, ".h")].map((file) => readFileSync(file, "utf8"));
  return product(`bench-${variant}`, [compiler, ...options, ...inputs], (output) => run("gcc", [...options, "-o", output, ...sources]));
}

/** dlmalloc out of wasi-libc. @returns the path of a module @throws NotInstalledError */
export function buildWasmDlmalloc(): string {
  const compiler = firstLine("clang", "--version") + firstLine("wasm-ld", "--version");
  if (!existsSync(WASI_LIBC)) throw new NotInstalledError("wasi-libc is not installed");
  const linking = ["--no-entry", ...EXPORTS.map((name) => `--export=${name}`)];
  const options = ["--target=wasm32-wasi", "-O2", "-nostartfiles", "-nodefaultlibs", "-x", "c", "/dev/null", "-lc", ...linking.map((one) => `-Wl,${one}`)];
  return product("dlmalloc.wasm", [compiler, ...options, readFileSync(WASI_LIBC)], (output) => run("clang", [...options, "-o", output]));
}

/** The allocator of AssemblyScript's runtime. @returns the path of a module @throws NotInstalledError */
export function buildWasmTlsf(): string {
  const compiler = versionOfPackage("assemblyscript");
  if (compiler === undefined) throw new NotInstalledError("assemblyscript is not installed (npm ci)");
  const options = ["--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert", "--runtime", "minimal"];
  return product("tlsf.wasm", [compiler, ...options, TLSF], (output) => {
    const source = `${output}.ts`;
    writeFileSync(source, TLSF);
    run(process.execPath, [require.resolve("assemblyscript/bin/asc.js"), source, "--outFile", output, ...options]);
  });
}

/** A recording, unpacked for the players. @returns the path of a file */
export function unpackRecording(name: string): string {
  const recording = readFileSync(join(RECORDINGS, `${name}.hwtrace`));
  return product(`${name}.events`, [encodeEvents.toString(), recording], (output) => writeFileSync(output, encodeEvents(decodeTrace(recording))));
}

/** Of a package from npm, as installed; undefined where it is not. */
export function versionOfPackage(name: string): string | undefined {
  const [folder] = (require.resolve.paths(name) ?? []).filter((path) => existsSync(join(path, name, "package.json")));
  if (folder === undefined) return undefined;
  return (JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as { version: string }).version;
}

/** @throws NotInstalledError where there is no such program */
export function firstLine(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0];
  } catch {
    throw new NotInstalledError(`${program} is not installed`);
  }
}

function product(name: string, inputs: readonly (string | Uint8Array)[], make: (output: string) => void): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(input).update("\0");
  const path = join(CACHE, `${hash.digest("hex").slice(0, 16)}-${name}`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const draft = join(CACHE, `draft-${process.pid}-${name}`);
  make(draft);
  renameSync(draft, path); // whole or not at all, even if another process makes the same
  return path;
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });
}

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(extension)).sort().map((file) => join(folder, file));
}
