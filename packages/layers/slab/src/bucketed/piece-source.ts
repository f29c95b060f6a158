/**
 * Where buckets get the pieces from that they are cut from. Each page of a piece is noted, and its detail word names the
 * page where the span begins, before anybody is given a block in it.
 */
import { PAGE_BYTES, pageNote, type MappedSpans, type Memory, type Root } from "@heapwright/core";
import type { BucketGeometry } from "./bucket-geometry.js";

export abstract class PieceSource {
  protected readonly memory: Memory;

  constructor(
    root: Root,
    protected readonly spans: MappedSpans,
    protected readonly geometry: BucketGeometry,
    protected readonly owner: number,
  ) {
    this.memory = root.memory;
  }

  /**
   * A piece for a bucket whose last one, `previous` (0: none), is used up: all its headers are 0.
   * @returns 0 when there is none
   */
  abstract next(bucket: number, previous: number): number;
  /** Takes back a piece that {@link next} gave to a thread which did not come to use it. */
  abstract refuse(piece: number, bucket: number): void;
  /** Whether {@link next} would give one now. Racy. */
  abstract canNext(bucket: number, previous: number): boolean;
  /** The bucket that blocks around an address in a page of ours are of. */
  abstract bucketAt(address: number, note: number): number;
  /** Whether a piece of a bucket begins there. */
  abstract isPiece(piece: number, bucket: number): boolean;
  /** All pieces of a bucket, whose last one is `last`. */
  abstract piecesOf(bucket: number, last: number): number[];

  /** Where the span begins that holds `address`, in a page of ours. */
  spanAt(address: number): number {
    return this.memory.racyLoad(this.spans.map.detailWord(address)) >>> 0;
  }

  protected acquire(bytes: number, value: number): number {
    const { map } = this.spans;
    const span = this.spans.acquire(bytes, PAGE_BYTES);
    for (let page = span; span !== 0 && page < span + bytes; page += PAGE_BYTES) {
      this.memory.i32[map.detailWord(page)] = span;
      map.setNote(page, pageNote(this.owner, value));
    }
    return span;
  }
}
