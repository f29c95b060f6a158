/**
 * Whether a block in use starts at an address of which the page map says that it lies in a span. Tags can be forged by
 * whoever overruns a block, and an address inside a block may happen to look like a start; what a tag claims is
 * therefore compared with its neighbours on both sides. An address inside a block is refused unless the user's own
 * data happens to imitate a tag and its successor's.
 */
import { bytesBefore, bytesIn, IN_USE, nextTagWord, PREVIOUS_IN_USE, tagOf, UNIT } from "./block-tags.js";
import { FIRST_BLOCK } from "./span-list.js";

/** @returns "" when a block in use starts there, or else what is there instead, as the end of a sentence */
export function whyNotInUse(i32: Int32Array, span: number, spanBytes: number, address: number): string {
  if (address % UNIT !== 0) return `it is no multiple of ${UNIT}`;
  const first = span + FIRST_BLOCK;
  const end = span + spanBytes;
  if (address < first || address >= end) return "its span keeps no blocks there";
  const tag = tagOf(i32, address);
  const bytes = bytesIn(tag);
  if (bytes === 0 || (tag & 12) !== 0 || address + bytes > end) return "no block starts there";
  if ((tag & IN_USE) === 0) return "the block there is free";
  if ((i32[nextTagWord(address, bytes)] & PREVIOUS_IN_USE) === 0) return "the block behind it says that it is free";
  if ((tag & PREVIOUS_IN_USE) !== 0) return "";
  const before = bytesBefore(i32, address);
  if (before === 0 || before % UNIT !== 0 || before > address - first) return "no block ends there";
  const previous = tagOf(i32, address - before);
  return (previous & IN_USE) === 0 && bytesIn(previous) === before ? "" : "the block before it does not end there";
}
