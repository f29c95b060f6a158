/**
 * Zeroing without a call, for blocks so short that a call would be most of it. Engines fill shared memory byte by byte, and a
 * call of TypedArray's fill costs as much as storing 128 bytes (V8 11.3); so words of 8 bytes are stored as far as there are.
 */
import type { Memory } from "./memory.js";

/** Zeroes up to a few hundred bytes. Plain: the thread owns them. @param address a multiple of 8 */
export function zeroShort(memory: Memory, address: number, bytes: number): void {
  const { f64 } = memory;
  const first = address >>> 3;
  const words = bytes >>> 3;
  for (let i = 0; i < words; i++) f64[first + i] = 0;
  const { u8 } = memory;
  for (let i = words * 8; i < bytes; i++) u8[address + i] = 0;
}
