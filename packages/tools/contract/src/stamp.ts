/**
 * Patterns in blocks. A stamp is a function of a seed and of the offset alone, so that any prefix of it can be checked
 * after the block has moved, shrunk or crossed to another thread; a byte of it that is wrong was written by somebody
 * who did not own it. Small blocks are stamped whole; of large ones both ends and samples between, because a defect of
 * bookkeeping shows at the ends or in whole pages, and time is better spent on more operations.
 */
import type { Memory } from "@heapwright/core";

const WINDOW = 2048;
/** Blocks up to this size are stamped whole. */
const WHOLE = 8192;
const SAMPLES = 64;

/** Fills `bytes` bytes from `address`, a multiple of 4, with the pattern of `seed`. */
export function stamp(memory: Memory, address: number, bytes: number, seed: number): void {
  if (bytes === 0) return;
  memory.reach(address + bytes - 1);
  eachRange(bytes, (from, to) => {
    const whole = to - ((to - from) & 3);
    for (let at = from; at < whole; at += 4) memory.i32[(address + at) >>> 2] = wordOf(seed, at);
    for (let at = whole; at < to; at++) memory.u8[address + at] = byteOf(seed, at);
    return true;
  });
}

/**
 * Looks for a byte that is not as {@link stamp} with the same `bytes` and `seed` left it.
 * @param limit only offsets below it are looked at; for a block that has been shrunk
 * @returns the offset of the word or byte that differs, or -1
 */
export function smearIn(memory: Memory, address: number, bytes: number, seed: number, limit = bytes): number {
  if (bytes === 0 || limit === 0) return -1;
  memory.reach(address + limit - 1);
  let found = -1;
  eachRange(bytes, (from, end) => {
    const to = Math.min(end, limit);
    const whole = to - ((to - from) & 3);
    for (let at = from; at < whole; at += 4) {
      if (memory.i32[(address + at) >>> 2] !== wordOf(seed, at)) return (found = at) < 0;
    }
    for (let at = Math.max(from, whole); at < to; at++) {
      if (memory.u8[address + at] !== byteOf(seed, at)) return (found = at) < 0;
    }
    return end < limit;
  });
  return found;
}

/** Visits the stamped ranges in ascending order, each starting at a multiple of 4, until `visit` says false. */
function eachRange(bytes: number, visit: (from: number, to: number) => boolean): void {
  if (bytes <= WHOLE) {
    visit(0, bytes);
    return;
  }
  if (!visit(0, WINDOW)) return;
  const last = Math.floor((bytes - WINDOW) / 4) * 4;
  const stride = Math.ceil(bytes / SAMPLES / 4) * 4;
  for (let at = WINDOW + stride; at + 4 <= last; at += stride) {
    if (!visit(at, at + 4)) return;
  }
  visit(last, bytes);
}

function wordOf(seed: number, offset: number): number {
  return Math.imul(seed + offset, 0x9e3779b1) ^ seed;
}

function byteOf(seed: number, offset: number): number {
  return (wordOf(seed, offset & ~3) >>> ((offset & 3) * 8)) & 0xff;
}
