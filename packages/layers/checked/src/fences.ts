/**
 * The 16 bytes on either side of a block that nobody may write. What they hold follows from their address, so that a run of
 * equal bytes, or a neighbour's fence copied over, does not look whole; and no byte of it is 0 or a letter, so that the
 * usual overflow, a text's last byte, is noticed.
 */
import type { Memory } from "@heapwright/core";

export const FENCE_BYTES = 16;

/** Where a fence is broken. */
export interface Breach {
  readonly side: "before" | "behind";
  /** Of the first byte that is wrong, counted from the block's address. */
  readonly offset: number;
  readonly found: number;
  readonly expected: number;
  /** How many bytes of both fences are wrong. */
  readonly count: number;
}

/** Puts the fences around a block that this thread owns, `size` bytes long. */
export function raiseFences({ u8 }: Memory, address: number, size: number): void {
  for (let i = 0; i < FENCE_BYTES; i++) {
    u8[address - FENCE_BYTES + i] = fenceByte(address - FENCE_BYTES + i);
    u8[address + size + i] = fenceByte(address + size + i);
  }
}

/** Looks at both fences; the one behind first, since that is where programs err most. */
export function breachOf({ u8 }: Memory, address: number, size: number): Breach | undefined {
  const wrong: number[] = [];
  for (const start of [size, -FENCE_BYTES]) {
    for (let offset = start; offset < start + FENCE_BYTES; offset++) {
      if (u8[address + offset] !== fenceByte(address + offset)) wrong.push(offset);
    }
  }
  if (wrong.length === 0) return undefined;
  const [offset] = wrong;
  return { side: offset < 0 ? "before" : "behind", offset, found: u8[address + offset], expected: fenceByte(address + offset), count: wrong.length };
}

/** 0x81 to 0xff, odd. */
function fenceByte(address: number): number {
  return 0x81 | ((Math.imul(address, 0x9e3779b1) >>> 24) & 0x7e);
}
