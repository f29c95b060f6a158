/**
 * Where and how results came about: command, machine, and the versions of all that was measured or had a part in it.
 */
import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { cpus, totalmem } from "node:os";
import { NATIVE_CONTENDERS, findLibrary } from "../contenders/native.js";
import { firstLine, versionOfPackage } from "./build.js";

export interface Circumstances {
  readonly date: string;
  readonly command: string;
  readonly machine: {
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
  };
  /** Of Node, V8, compilers, libraries and packages, as far as they are there. */
  readonly versions: Readonly<Record<string, string>>;
}

const OURS = ["core", "ao-malloc", "dlmalloc", "hoard", "michael", "rtos-heap", "slist-pools", "span-malloc"].map((name) => `@heapwright/${name}`);
const PACKAGES = ["heapwright", ...OURS, "assemblyscript", "@thi.ng/malloc"];

export function circumstances(args: readonly string[]): Circumstances {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString(),
    command: ["npm run bench --", ...args].join(" "),
    machine: { platform: `${process.platform} ${process.arch}`, cpu: cpu?.model ?? "unknown", cores: cpus().length, memoryBytes: totalmem() },
    versions: versions(),
  };
}

function versions(): Record<string, string> {
  const libraries = NATIVE_CONTENDERS.flatMap(({ name, preload }) => (preload === undefined ? [] : [[name, libraryVersion(preload)] as const]));
  const known: (readonly [string, string | undefined])[] = [
    ["node", process.version],
    ["v8", process.versions.v8],
    ["gcc", orNone(() => firstLine("gcc", "--version"))],
    ["clang", orNone(() => firstLine("clang", "--version"))],
    ["glibc", orNone(() => firstLine("ldd", "--version"))],
    ["wasi-libc", debianVersion("wasi-libc")],
    ...libraries,
    ...PACKAGES.map((name) => [name, versionOfPackage(name)] as const),
  ];
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""));
}

function libraryVersion({ library, debianPackage }: { readonly library: string; readonly debianPackage: string }): string | undefined {
  const path = findLibrary(library);
  return path === undefined ? undefined : debianVersion(debianPackage) ?? basename(path);
}

function debianVersion(name: string): string | undefined {
  return orNone(() => execFileSync("dpkg-query", ["-W", "-f", "${Version}", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
}

function orNone(ask: () => string): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
