/**
 * The recordings that come with the repository: files in one folder, each named after its program.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeTrace, type Trace } from "@heapwright/trace";

/** Both from the sources and from the bundle, `../recordings` is the folder. */
export const RECORDINGS = new URL("../recordings/", import.meta.url);
const EXTENSION = ".hwtrace";

/** A recording cannot be read, or is damaged; the message names the file and says why. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** Names of all recordings, in alphabetical order. */
export function recordingNames(folder = RECORDINGS): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(EXTENSION));
  return files.map((file) => file.slice(0, -EXTENSION.length)).sort();
}

/** @throws RecordingError */
export function loadRecording(name: string, folder = RECORDINGS): Trace {
  const file = new URL(name + EXTENSION, folder);
  try {
    return decodeTrace(readFileSync(file));
  } catch (error) {
    throw new RecordingError(`${fileURLToPath(file)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
