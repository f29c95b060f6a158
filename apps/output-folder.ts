/**
 * The folder that a program of ours is told to write to, made and tried before its work begins: what took an hour to find
 * out must not be lost to a name that nothing can be written to.
 */
import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Makes the folder, if it is not there. @returns why nothing can be written to it, in one line; undefined when all is well */
export function whyNotWritable(folder: string): string | undefined {
  try {
    make(folder);
    // a folder made in it and removed says more than permissions: root has them all, even in /proc
    rmdirSync(mkdtempSync(join(folder, "trial-")));
    return undefined;
  } catch (error) {
    return `cannot write to ${folder}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** One after the other, because a recursive mkdirSync never returns below /proc. */
function make(folder: string): void {
  if (existsSync(folder)) return;
  make(dirname(folder));
  mkdirSync(folder);
}
