/**
 * Blocks that describe themselves: size and seed stand in front, a stamp behind. So a thread that is given nothing but
 * an address can prove the block whole; whoever wrote into it, or was given it twice, is found out.
 */
import type { Memory } from "@heapwright/core";
import { smearIn, stamp } from "../stamp.js";
import { demand } from "../violation.js";
import type { Holding } from "./control.js";

/** Blocks smaller than this carry a stamp alone, and are not sent. */
export const PARCEL_BYTES = 16;
const SALT = 0x5eed1234;

/** Writes size, seed and stamp into a block. */
export function seal(memory: Memory, { address, size, seed }: Holding): void {
  if (size < PARCEL_BYTES) {
    stamp(memory, address, size, seed);
    return;
  }
  memory.reach(address + size - 1);
  const w = address >>> 2;
  memory.i32[w] = size;
  memory.i32[w + 1] = seed;
  memory.i32[w + 2] = labelOf(address, size, seed);
  stamp(memory, address + 12, size - 12, seed);
}

/**
 * Proves a block whole.
 * @param kept bytes of it that are still there, if it has been resized
 * @param at where it is now, if it has moved
 */
export function proveSealed(memory: Memory, { address, size, seed }: Holding, kept = size, at = address): void {
  if (size < PARCEL_BYTES) {
    const smear = smearIn(memory, at, size, seed, Math.min(kept, size));
    demand(smear < 0, () => `the block of ${size} bytes at ${at} was overwritten at offset ${smear}`);
    return;
  }
  memory.reach(at + Math.max(kept, 1) - 1);
  const w = at >>> 2;
  const label = [size, seed, labelOf(address, size, seed)];
  const wrong = label.findIndex((word, i) => i * 4 + 4 <= kept && memory.i32[w + i] !== word);
  demand(wrong < 0, () => `the block of ${size} bytes at ${at} was overwritten: its word ${wrong} is ${memory.i32[w + wrong]} instead of ${label[wrong]}`);
  if (kept <= 12) return;
  const smear = smearIn(memory, at + 12, size - 12, seed, Math.min(kept, size) - 12);
  demand(smear < 0, () => `the block of ${size} bytes at ${at} was overwritten at offset ${smear + 12}`);
}

/** Reads from a block of {@link PARCEL_BYTES} or more what {@link proveSealed} needs. */
export function readParcel(memory: Memory, address: number): Holding {
  demand(memory.reach(address + PARCEL_BYTES - 1), () => `the block at ${address}, handed over by another thread, lies behind the buffer`);
  const w = address >>> 2;
  const [size, seed, label] = [memory.i32[w], memory.i32[w + 1], memory.i32[w + 2]];
  demand(label === labelOf(address, size, seed), () => `the block at ${address}, handed over by another thread, was overwritten: it begins with ${size}, ${seed}, ${label}`);
  return { address, size, seed };
}

function labelOf(address: number, size: number, seed: number): number {
  return Math.imul(address ^ Math.imul(size, 0x85ebca6b) ^ seed, 0xc2b2ae35) ^ SALT;
}
