/**
 * How much of a buffer is memory, and not only room: pages that nobody has touched cost nothing. An engine does not tell, but Linux
 * does, of each mapping of the process. Which of them the buffer is, is found by a mark in its first bytes.
 */
import { getRandomValues } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Views } from "../workloads/arena.js";
import { parseMappings, residentIn } from "./mappings.js";

const MARK_WORDS = 4;

/**
 * To be asked while nobody else uses the memory: its first bytes are others for a moment.
 * @param memory is brought up to date
 * @returns undefined where the system does not tell
 */
export function residentBytes(memory: Views): number | undefined {
  memory.reach(Number.MAX_SAFE_INTEGER);
  const { buffer, length } = memory.u8;
  if (process.platform !== "linux" || length < MARK_WORDS * 4) return undefined;
  const first = new Int32Array(buffer, 0, MARK_WORDS);
  const kept = Int32Array.from(first);
  const mark = getRandomValues(new Int32Array(MARK_WORDS));
  first.set(mark);
  try {
    const mappings = parseMappings(readFileSync("/proc/self/smaps", "utf8"));
    const start = mappingThatBeginsWith(mark, mappings.filter(({ access }) => access === "rw-p").map((mapping) => mapping.start));
    return start === undefined ? undefined : residentIn(mappings, start, length);
  } finally {
    first.set(kept);
  }
}

/** One of the addresses `starts` of this process, where the words of `mark` are. */
function mappingThatBeginsWith(mark: Int32Array, starts: readonly number[]): number | undefined {
  const memory = openSync("/proc/self/mem", "r");
  const seen = new Int32Array(mark.length);
  try {
    return starts.find((start) => readAt(memory, start, seen) && seen.every((word, i) => word === mark[i]));
  } finally {
    closeSync(memory);
  }
}

/** @returns false where the mapping has gone since */
function readAt(memory: number, address: number, words: Int32Array): boolean {
  try {
    return readSync(memory, words, 0, words.byteLength, address) === words.byteLength;
  } catch {
    return false;
  }
}
