/**
 * Where blocks lie in a chunk. Classes are powers of two, named by their logarithm k; a block of class k takes 2^k
 * bytes, its header word included, and starts one word before a multiple of 16, so that payloads are aligned:
 *
 * ```text
 *    chunk                                                        chunk + 64 KiB
 *      | 12 waste | H payload  | H payload  | ...  | H payload  | waste |
 *                 |<-- 2^k --->|              H = BLOCK_HEADER, one word
 * ```
 *
 * The first payload is 16 bytes into the chunk, which costs one block per chunk. For k = 16 that would be the only one:
 * AO_malloc carves nothing there and burns its heap (requests of 32,761 to 65,528 bytes); here class 16 is one block
 * of what is left, 65,520 bytes.
 */
import { PAGE_BYTES } from "@heapwright/core";
import { HEADER_BYTES } from "../stacked/block-header.js";

/** Smallest class: a header and 12 bytes. */
export const SMALLEST_LOG2 = 4;
const LARGEST_LOG2 = 16;
export const CLASS_COUNT = LARGEST_LOG2 - SMALLEST_LOG2 + 1;
/** Largest request, in bytes. */
export const LARGEST_REQUEST = PAGE_BYTES - 16;
/** Distance of the first payload from the chunk. */
export const FIRST_PAYLOAD = 16;

/** The class that serves `bytes`, 0 to {@link LARGEST_REQUEST}: the smallest k with 2^k >= bytes + header. */
export function log2For(bytes: number): number {
  const k = 32 - Math.clz32(bytes + HEADER_BYTES - 1);
  return k < SMALLEST_LOG2 ? SMALLEST_LOG2 : k;
}

/** Bytes of payload of a block of class `k`. */
export function capacity(k: number): number {
  return k === LARGEST_LOG2 ? LARGEST_REQUEST : (1 << k) - HEADER_BYTES;
}

/** Blocks carved from one chunk: 4095 of 16 bytes, 2047 of 32, ... 1 of 32 KiB, and 1 for class 16. */
export function blocksPerChunk(k: number): number {
  return k === LARGEST_LOG2 ? 1 : (PAGE_BYTES - FIRST_PAYLOAD + HEADER_BYTES) >>> k;
}

/** Index of the block of class `k` that holds the byte at `offset` into the chunk; not below 0, maybe beyond the last. */
export function blockIndex(offset: number, k: number): number {
  return offset < FIRST_PAYLOAD ? -1 : (offset - FIRST_PAYLOAD) >>> k;
}
