/**
 * Compiles words.c to WebAssembly with Debian's clang. What the options are for:
 *
 * - the memory is imported and shared, and its data is put in by the first instance only (clang sees to that);
 * - `__heap_base` tells where the module's own data ends, and so where our heap may begin;
 * - `__stack_pointer` can be set from outside: all instances share one memory, but each thread needs a stack of its own.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Both from the sources and from the bundle, this is the file. */
const SOURCE = fileURLToPath(new URL("../../src/wasm-module/words.c", import.meta.url));

/** @returns undefined where there is no clang, or no linker for it */
export function compileWords(maximumBytes: number): WebAssembly.Module | undefined {
  if (!isInstalled("clang") || !isInstalled("wasm-ld")) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "heapwright-words-"));
  try {
    const output = join(folder, "words.wasm");
    const features = ["-matomics", "-mbulk-memory", "-mmutable-globals"];
    const linking = ["no-entry", "import-memory", "shared-memory", `max-memory=${maximumBytes}`, "allow-undefined", "export=__heap_base", "export=__stack_pointer"];
    const options = ["--target=wasm32", "-O2", "-nostdlib", "-ffreestanding", "-fvisibility=hidden", "-Wl,--export-dynamic", ...features, ...linking.map((one) => `-Wl,--${one}`)];
    execFileSync("clang", [...options, "-o", output, SOURCE], { stdio: "inherit" });
    return new WebAssembly.Module(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
