/**
 * What an address is that is no live block's. That it is none is certain before this is asked: the marks said so. Here
 * everything is read and nothing written, without regard to what others are doing, so an explanation may be a moment old.
 */
import type { BlockRecord } from "./block-record.js";
import type { Mark } from "./block-marks.js";
import { MisuseError } from "./errors.js";
import { FRONT_BYTES, nameOf, type Evidence } from "./evidence.js";
import { FENCE_BYTES } from "./fences.js";
import type { Cause } from "./obituaries.js";

const LOOKS = 1000;

/** What was asked of the address: to free its block, or something else. */
export type Call = "free" | "use";

/** @param owns whether an address lies in a page of the allocator below */
export function misuseOf(evidence: Evidence, owns: (address: number) => boolean, address: number, call: Call): MisuseError {
  return freedBlockAt(evidence, address, call) ?? blockAround(evidence, address) ?? foreign(evidence, owns, address);
}

function freedBlockAt(evidence: Evidence, address: number, call: Call): MisuseError | undefined {
  const mark = evidence.marks.at(address);
  const obituary = evidence.obituaries.read(address);
  if (mark === "none" && obituary === undefined) return undefined;
  // of a block that was withdrawn as damaged the obituary knows more than its record
  const gone = mark === "none" || obituary?.cause === "damaged";
  const record = gone ? obituary?.record : settledRecordOf(evidence, address);
  const name = record === undefined ? "block" : `block of ${record.size} bytes`;
  return new MisuseError(address, call === "free" ? "double free" : "freed block", `the ${name} there ${fateOf(mark, obituary?.cause)}`, record && evidence.historyOf(record));
}

/** Another thread may be rewriting the record at this moment, which takes it no longer than a few looks. */
function settledRecordOf(evidence: Evidence, address: number): BlockRecord | undefined {
  let record = evidence.recordOf(address);
  for (let look = 0; look < LOOKS && record === undefined; look++) record = evidence.recordOf(address);
  return record;
}

function fateOf(mark: Mark, cause: Cause | undefined): string {
  if (mark === "none") return "was freed, and its memory has been given back since";
  if (mark === "quarantined") return "was freed";
  if (mark === "withdrawn" && cause === "damaged") return "was freed, found damaged, and withdrawn";
  return "is being freed or resized by another thread, or by one that was killed doing so";
}

function blockAround(evidence: Evidence, address: number): MisuseError | undefined {
  const { marks, memory } = evidence;
  if (address < memory.base || !memory.reach(address)) return undefined;
  const before = marks.lastUpTo(address);
  const record = before === 0 ? undefined : evidence.recordOf(before);
  if (record !== undefined && address < before + record.size + FENCE_BYTES) {
    const where = address < before + record.size ? `${address - before} bytes into` : "behind the end of";
    return new MisuseError(address, "interior address", `it lies ${where} the ${nameOf(record)} at 0x${before.toString(16)}`, evidence.historyOf(record));
  }
  const behind = marks.next(address, Math.min(address + FRONT_BYTES + 1, memory.end));
  const next = behind === 0 ? undefined : evidence.recordOf(behind);
  if (next === undefined || address < next.inner) return undefined;
  return new MisuseError(address, "interior address", `it lies ${behind - address} bytes before the ${nameOf(next)} at 0x${behind.toString(16)}`, evidence.historyOf(next));
}

function foreign({ memory }: Evidence, owns: (address: number) => boolean, address: number): MisuseError {
  return new MisuseError(address, "foreign address", whereIs(memory, owns, address), undefined);
}

function whereIs(memory: Evidence["memory"], owns: (address: number) => boolean, address: number): string {
  if (address < memory.base) return `it lies below the heap, which begins at 0x${memory.base.toString(16)}`;
  if (!memory.reach(address)) return `it lies behind the heap, which ends at 0x${memory.end.toString(16)}`;
  return owns(address) ? "no block that is remembered ever began there" : "its page holds no blocks";
}
