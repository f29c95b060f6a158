/**
 * What is known of a block: 32 bytes before it, out of reach of an overflow or underflow by up to 16 bytes, since the fences
 * lie between. A record carries a seal, a hash over itself and the block's address. One that was overwritten, or
 * copied from another block, is recognized by it and never believed; whether a block is live is not in it at all (see
 * `block-marks.ts`). The same words, with the same seal, are kept for a while after the block has been given back.
 */
import { i32, struct, type Memory } from "@heapwright/core";

export const BLOCK_RECORD = struct("BlockRecord", {
  /**
   * bytes asked for last; this and all below: plain, by the thread that makes, resizes or frees the block, while nobody
   * else may touch it
   */
  size: i32(),
  /** address that the allocator below gave */
  inner: i32(),
  /** number of the allocation, counted over all threads */
  serial: i32(),
  /** id of the thread that allocated or resized it last */
  thread: i32(),
  /** call site of that */
  site: i32(),
  /** id of the thread that freed it, or 0 */
  freedBy: i32(),
  /** call site of that */
  freeSite: i32(),
  /** hash of the words above and the address of the block */
  seal: i32(),
}, { align: 16, bytes: 32 });

/** A block's record, read. Sites are numbers for `SiteTable`. */
export interface BlockRecord {
  readonly address: number;
  readonly size: number;
  readonly inner: number;
  readonly serial: number;
  readonly thread: number;
  readonly site: number;
  /** 0 while it is live. */
  readonly freedBy: number;
  readonly freeSite: number;
}

const R = BLOCK_RECORD;

/** Writes a record to word `w`, sealed. */
export function writeRecord({ i32: words }: Memory, w: number, record: BlockRecord): void {
  words[w + R.size] = record.size;
  words[w + R.inner] = record.inner;
  words[w + R.serial] = record.serial;
  words[w + R.thread] = record.thread;
  words[w + R.site] = record.site;
  words[w + R.freedBy] = record.freedBy;
  words[w + R.freeSite] = record.freeSite;
  words[w + R.seal] = sealOf(words, w, record.address);
}

/** The record at word `w`, if it is that of the block at `address` and whole. */
export function readRecord({ i32: words }: Memory, w: number, address: number): BlockRecord | undefined {
  if (words[w + R.seal] !== sealOf(words, w, address)) return undefined;
  return {
    address,
    size: words[w + R.size] >>> 0,
    inner: words[w + R.inner] >>> 0,
    serial: words[w + R.serial],
    thread: words[w + R.thread],
    site: words[w + R.site],
    freedBy: words[w + R.freedBy],
    freeSite: words[w + R.freeSite],
  };
}

/** Never 0 for words that are all 0, so that memory that was never written holds no record. */
function sealOf(words: Int32Array, w: number, address: number): number {
  let hash = Math.imul(address, 0x9e3779b1) ^ 0x5eed5ea1;
  for (let i = 0; i < R.seal; i++) {
    hash = Math.imul(hash ^ words[w + i], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash;
}
