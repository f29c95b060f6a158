/**
 * One span with a piece for each bucket, made at the beginning, or when the first block is asked for, and nothing after it:
 * the blocks that there are then are all that there ever are. Two threads that come first both acquire a span; one of them
 * is published, by compare-and-swap, and the other given back.
 */
import { i32, PAGE_BYTES, struct, type MappedSpans, type Root } from "@heapwright/core";
import type { BucketGeometry } from "./bucket-geometry.js";
import { PieceSource } from "./piece-source.js";

export const FIXED_POOL = struct("FixedPool", {
  /** address of the pool's span, 0 before it is made; CAS from 0, never changed again */
  span: i32(),
});

export class FixedPool extends PieceSource {
  private readonly w: number;

  constructor(root: Root, spans: MappedSpans, geometry: BucketGeometry, owner: number) {
    super(root, spans, geometry, owner);
    this.w = root.claimStruct(FIXED_POOL) >>> 2;
    // What is fixed is there from the start: a memory that can grow does it now, and, save for a long header, not again.
    if (root.fresh) root.memory.grow(root.address + PAGE_BYTES + geometry.poolBytes);
  }

  next(bucket: number, previous: number): number {
    if (previous !== 0) return 0;
    return (this.span() !== 0 || this.make()) ? this.pieceOf(bucket) : 0;
  }

  refuse(): void {
    // who comes second is given the same piece as who came first
  }

  canNext(_bucket: number, previous: number): boolean {
    return previous === 0 && (this.span() !== 0 || this.spans.longestFree() >= this.geometry.poolBytes);
  }

  /** @returns whether there is a pool now */
  private make(): boolean {
    const { poolBytes } = this.geometry;
    const span = this.acquire(poolBytes, 0);
    if (span === 0) return this.span() !== 0;
    if (!this.spans.lastWasZero) this.memory.fill(span, poolBytes, 0);
    // Success publishes the pool and the zeros in it. Failure: another thread has made one, and ours is not needed.
    if (!this.memory.cas(this.w, 0, span)) this.spans.release(span, poolBytes);
    return true;
  }

  /** Makes the pool ahead of the first request, before other layers come for the pages it needs. */
  reserve(): void {
    if (this.span() === 0) this.make();
  }

  private span(): number {
    return this.memory.load(this.w) >>> 0;
  }

  private pieceOf(bucket: number): number {
    return this.span() + this.geometry.offsets[bucket];
  }

  bucketAt(address: number): number {
    return this.geometry.bucketAt(address - this.spanAt(address));
  }

  isPiece(piece: number, bucket: number): boolean {
    return piece === this.pieceOf(bucket) && this.isThere();
  }

  piecesOf(bucket: number): number[] {
    return this.isThere() ? [this.pieceOf(bucket)] : [];
  }

  /** Whether there is a pool, where the pool's word says: it may have been overwritten. */
  private isThere(): boolean {
    const span = this.span();
    return span !== 0 && this.spanAt(span) === span;
  }
}
