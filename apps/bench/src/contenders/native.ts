/**
 * Allocators that the C program is run with: the one of the C library, others by LD_PRELOAD, and the floor, which is compiled
 * in.
 */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.js";

export interface NativeContender extends Contender {
  /** Which build of the C program. */
  readonly variant: "malloc" | "bump";
  /** The shared library to load before all others, and the Debian package that has it. */
  readonly preload?: { readonly library: string; readonly debianPackage: string };
}

const LIBRARY_FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/lib", "/usr/lib64", "/usr/lib"];
const THREADS = 64;

export const GLIBC = "glibc";

export const NATIVE_CONTENDERS: readonly NativeContender[] = [
  native(GLIBC),
  preloaded("mimalloc", "libmimalloc.so.2", "libmimalloc2.0"),
  preloaded("jemalloc", "libjemalloc.so.2", "libjemalloc2"),
  preloaded("tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"),
  { name: "native-bump", kind: "floor", maximumThreads: THREADS, keepsContents: false, variant: "bump" },
];

/** @returns the path of a shared library, links followed, or undefined where it is not installed */
export function findLibrary(name: string): string | undefined {
  const found = LIBRARY_FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path));
  return found === undefined ? undefined : realpathSync(found);
}

function native(name: string): NativeContender {
  return { name, kind: "native", maximumThreads: THREADS, keepsContents: true, variant: "malloc" };
}

function preloaded(name: string, library: string, debianPackage: string): NativeContender {
  return { ...native(name), preload: { library, debianPackage } };
}
