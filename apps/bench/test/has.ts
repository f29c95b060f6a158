// Whether a program is installed.
import { firstLine } from "../src/runner/build.js";

export function has(program: string): boolean {
  try {
    return firstLine(program, "--version") !== "";
  } catch {
    return false;
  }
}
