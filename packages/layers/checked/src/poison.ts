/**
 * What memory holds that nobody has written yet, or nobody may write any more: a read of it stands out, and a write into
 * freed memory is found. Of large blocks only the two ends are filled and looked at, so that a block of gigabytes that
 * nobody touches costs no memory.
 */
import type { Memory } from "@heapwright/core";

/** Fills what was allocated and not written yet. */
export const FRESH = 0xaa;
/** Fills what was freed. */
export const FREED = 0xdd;

export class Poison {
  private readonly half: number;

  /** @param most bytes of a block that are filled, a multiple of 32; half of them at each end */
  constructor(
    private readonly memory: Memory,
    private readonly most: number,
  ) {
    this.half = most / 2;
  }

  /** Fills `bytes` bytes from `address`; the views cover them. */
  fill(address: number, bytes: number, value: number): void {
    if (bytes <= this.most) {
      this.memory.fill(address, bytes, value);
    } else {
      this.memory.fill(address, this.half, value);
      this.memory.fill(address + bytes - this.half, this.half, value);
    }
  }

  /** The offset of the first byte that is no longer as {@link fill} left it, or -1. @param address a multiple of 4 */
  spoiledAt(address: number, bytes: number, value: number): number {
    if (bytes <= this.most) return this.firstOther(address, 0, bytes, value);
    const first = this.firstOther(address, 0, this.half, value);
    return first >= 0 ? first : this.firstOther(address, bytes - this.half, bytes, value);
  }

  private firstOther(address: number, from: number, to: number, value: number): number {
    const { u8, i32 } = this.memory;
    const word = Math.imul(value, 0x01010101);
    let at = from;
    while (at < to && ((address + at) & 3) !== 0 && u8[address + at] === value) at++;
    if (((address + at) & 3) === 0) {
      while (at + 4 <= to && i32[(address + at) >>> 2] === word) at += 4;
    }
    while (at < to && u8[address + at] === value) at++;
    return at < to ? at : -1;
  }
}
