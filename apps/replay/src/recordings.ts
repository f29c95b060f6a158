/**
 * The recordings that come with the repository: files in one folder, each named after its program.
 */
import { readdirSync, readFileSync } from "node:fs";
import { decodeTrace, type Trace } from "@heapwright/trace";

/** Both from the sources and from the bundle, `../recordings` is the folder. */
export const RECORDINGS = new URL("../recordings/", import.meta.url);
const EXTENSION = ".hwtrace";

/** Names of all recordings, in alphabetical order. */
export function recordingNames(): string[] {
  const files = readdirSync(RECORDINGS).filter((file) => file.endsWith(EXTENSION));
  return files.map((file) => file.slice(0, -EXTENSION.length)).sort();
}

/** @throws TraceFormatError when the file is damaged */
export function loadRecording(name: string): Trace {
  return decodeTrace(readFileSync(new URL(name + EXTENSION, RECORDINGS)));
}
