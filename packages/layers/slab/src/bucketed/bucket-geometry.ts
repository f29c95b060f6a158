/**
 * Where the blocks of buckets lie. Bucket i serves requests of up to 8 * 2^i bytes; its blocks stand one behind the other
 * in pieces of memory, which begin with a word of our own:
 *
 * ```text
 *  a pool that is never filled up:    | bucket 0            | bucket 1            | ... | waste |     whole pages
 *  pieces that are added on demand:   | bucket i                                  | waste |           whole pages, for one bucket
 *
 *  piece of a bucket:   | earlier piece | 8 B | H payload | H payload | ... | H payload |           H = BLOCK_HEADER, one word
 *                       |<--- 12 B waste ---->|<- stride ->|
 * ```
 *
 * The stride is a multiple of 16, so that payloads are aligned: 16 bytes for requests of 8, then 32, 48, 80, 144, ... Isolated
 * blocks have a multiple of 128, so that no two of them share a cache line, nor an adjacent pair of lines.
 */
import { integerIn, oneOf, PAGE_BYTES } from "@heapwright/core";
import { HEADER_BYTES } from "../stacked/block-header.js";

/** Bucket 19 serves 4 MiB. */
export const MOST_BUCKETS = 20;
const SMALLEST = 8;
const LINE = 128;
/** Distance of the first header from the start of a piece. */
const FIRST_NODE = 12;
/** Pieces that are added have at most so many bytes, unless one block takes more. */
const PIECE_BYTES = 4 * PAGE_BYTES;

/** How the buckets are to be. */
export interface BucketOptions {
  /** 1 to 20. */
  readonly buckets: number;
  /** Blocks that each bucket has; or that are added at once, but no more than fit 256 KiB, and at least one. Their pages may hold more. */
  readonly blocksPerBucket: number;
  /** What happens to a bucket that is used up: nothing, or a piece is added. */
  readonly refill: "never" | "on demand";
  /** `close`: as near to each other as alignment lets them; `isolated`: on cache lines of their own. */
  readonly spacing: "close" | "isolated";
}

/** @returns how many buckets there are. @throws RangeError naming what is out of range */
export function checkBuckets({ buckets, blocksPerBucket, refill, spacing }: BucketOptions): number {
  integerIn("blocksPerBucket", blocksPerBucket, 1, 2 ** 32);
  oneOf("refill", refill, ["never", "on demand"]);
  oneOf("spacing", spacing, ["close", "isolated"]);
  return integerIn("buckets", buckets, 1, MOST_BUCKETS);
}

export class BucketGeometry {
  readonly buckets: number;
  /** Per bucket: bytes from one block to the next. */
  readonly strides: readonly number[];
  /** Per bucket: blocks of a piece. */
  readonly counts: readonly number[];
  /** Per bucket: bytes of a piece; the last one in a pool has what is left of the pool. */
  readonly pieceBytes: readonly number[];
  /** Per bucket: distance of its piece from the start of the pages that it is in. */
  readonly offsets: readonly number[];
  /** Bytes of a pool with a piece for each bucket, in whole pages. */
  readonly poolBytes: number;

  constructor({ buckets, blocksPerBucket, refill, spacing }: BucketOptions) {
    this.buckets = buckets;
    const fixed = refill === "never";
    this.strides = Array.from({ length: buckets }, (_, i) => (
      spacing === "close" ? roundUp(capacityOf(i) + HEADER_BYTES, 16) : roundUp(FIRST_NODE + HEADER_BYTES + capacityOf(i), LINE)
    ));
    const counts = this.strides.map((stride) => (fixed ? blocksPerBucket : Math.max(1, Math.min(blocksPerBucket, fitting(PIECE_BYTES, stride)))));
    const bytes = counts.map((count, i) => roundUp(FIRST_NODE + count * this.strides[i], fixed ? LINE : PAGE_BYTES));
    this.counts = fixed ? counts : bytes.map((all, i) => fitting(all, this.strides[i]));
    this.offsets = bytes.map((_, i) => (fixed ? sum(bytes.slice(0, i)) : 0));
    this.poolBytes = roundUp(sum(bytes), PAGE_BYTES);
    if (fixed) bytes[buckets - 1] = this.poolBytes - this.offsets[buckets - 1];
    this.pieceBytes = bytes;
  }

  /** Largest request in bytes. */
  get largestRequest(): number {
    return capacityOf(this.buckets - 1);
  }

  /** The bucket whose piece holds what lies `offset` bytes into a pool. */
  bucketAt(offset: number): number {
    let bucket = this.buckets - 1;
    while (bucket > 0 && this.offsets[bucket] > offset) bucket--;
    return bucket;
  }

  /** Payload of the block that the byte at `address` falls into; 0 where the piece at `piece` has none. */
  startOf(address: number, bucket: number, piece: number): number {
    const index = Math.floor((address - piece - FIRST_NODE - HEADER_BYTES) / this.strides[bucket]);
    return index < 0 || index >= this.counts[bucket] ? 0 : this.nodeAt(piece, bucket, index) + HEADER_BYTES;
  }

  /** Address of the header of a block. */
  nodeAt(piece: number, bucket: number, index: number): number {
    return piece + FIRST_NODE + index * this.strides[bucket];
  }
}

/** Bytes that the owner of a block may use: as much as its bucket serves. What alignment adds to that stays unused. */
export function capacityOf(bucket: number): number {
  return SMALLEST * 2 ** bucket;
}

/** The bucket that serves `bytes`: the smallest with `8 * 2^bucket >= bytes`. */
export function bucketFor(bytes: number): number {
  return bytes <= SMALLEST ? 0 : 32 - Math.clz32((bytes - 1) >>> 3);
}

function fitting(bytes: number, stride: number): number {
  return Math.floor((bytes - FIRST_NODE) / stride);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function roundUp(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
