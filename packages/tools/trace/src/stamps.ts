/**
 * Marks blocks so that a heap which loses, mixes up or hands out their bytes twice is found out. A stamp is a word made
 * of the block's number and its offset, so neither another block's stamp nor the right one in the wrong place passes.
 *
 * The cost of a block is bounded. Stamped are: every 16 bytes up to 512 bytes, every 64 bytes up to 4 KiB, above that 64
 * words at equal distances; and always the last word and the bytes behind it. Blocks of up to 512 bytes start at
 * multiples of 16 (or 8), so two of them cannot overlap without sharing a stamp.
 */
import type { Memory } from "@heapwright/core";

const MOST_STAMPS = 64;
/** Up to this size every byte of a calloc is looked at; above it, the places of the stamps. */
const FULLY_READ = 4096;

/** Offset, from the block's start, of the first byte that is wrong; otherwise {@link INTACT}. */
export const INTACT = -1;

/** Distance of stamps, in bytes; a multiple of 4. */
function strideOf(size: number): number {
  if (size <= 512) return 16;
  if (size <= 4096) return 64;
  return Math.ceil(size / MOST_STAMPS / 4) * 4;
}

/** @param address a multiple of 4; the block of `size` bytes from there must be in the memory's reach */
export function writeStamps(memory: Memory, address: number, size: number, block: number): void {
  const { i32, u8 } = memory;
  const words = size - (size % 4);
  const stride = strideOf(size);
  const seed = Math.imul(block, 0x9e3779b1);
  for (let offset = 0; offset < words; offset += stride) i32[(address + offset) >>> 2] = seed + offset;
  if (words > 0) i32[(address + words - 4) >>> 2] = seed + words - 4;
  for (let offset = words; offset < size; offset += 1) u8[address + offset] = seed + offset;
}

/**
 * @param kept how many bytes of the block to expect: less than `size` after it was moved to a smaller one
 * @returns {@link INTACT} or the offset of what is wrong
 */
export function readStamps(memory: Memory, address: number, size: number, block: number, kept: number): number {
  const { i32, u8 } = memory;
  const words = size - (size % 4);
  const stride = strideOf(size);
  const seed = Math.imul(block, 0x9e3779b1);
  const end = Math.min(words, kept - 3);
  for (let offset = 0; offset < end; offset += stride) {
    if (i32[(address + offset) >>> 2] !== ((seed + offset) | 0)) return offset;
  }
  if (kept < size) return INTACT;
  if (words > 0 && i32[(address + words - 4) >>> 2] !== ((seed + words - 4) | 0)) return words - 4;
  for (let offset = words; offset < size; offset += 1) {
    if (u8[address + offset] !== ((seed + offset) & 0xff)) return offset;
  }
  return INTACT;
}

/** @returns {@link INTACT}, or the offset of a byte that is not zero */
export function readZeroes(memory: Memory, address: number, size: number): number {
  const { i32, u8 } = memory;
  const words = size - (size % 4);
  const stride = size <= FULLY_READ ? 4 : strideOf(size);
  for (let offset = 0; offset < words; offset += stride) {
    if (i32[(address + offset) >>> 2] !== 0) return offset;
  }
  if (words > 0 && i32[(address + words - 4) >>> 2] !== 0) return words - 4;
  for (let offset = words; offset < size; offset += 1) {
    if (u8[address + offset] !== 0) return offset;
  }
  return INTACT;
}
