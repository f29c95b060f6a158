/**
 * Buckets of fixed sizes, each with an SLIST of free blocks: 8, 16, 32 and 64 bytes, 16 blocks each, and not one more, or
 * as many buckets and blocks as one likes (Stack Overflow, answers to question 1995871). The header of a block names its
 * bucket while it is live and is the list's link while it is free; the list knows its depth.
 *
 * A block that was never handed out is on no list: a bucket cuts them off its piece one by one. What thus comes first from
 * the list and then from the piece is what a list filled beforehand would give, without the moment in which one thread has
 * all blocks of the bucket in its hands, to be lost with it. The pair of piece and count changes by one 64-bit
 * compare-and-swap; pieces never become current twice, and counts only rise, so a pair never comes back.
 */
import {
  HeapCorruptionError, i32, PAGE_BYTES, PAGE_NOTE, pair, struct, type MappedSpans, type Root, type Visit,
} from "@heapwright/core";
import { CountedStack, TAGGED_STACK } from "@heapwright/freelist";
import { HEADER_BYTES } from "../stacked/block-header.js";
import type { Piece } from "../stacked/piece.js";
import { StackedBlocks } from "../stacked/stacked-blocks.js";
import { AddedPieces } from "./added-pieces.js";
import { bucketFor, BucketGeometry, capacityOf, checkBuckets, type BucketOptions } from "./bucket-geometry.js";
import { FixedPool } from "./fixed-pool.js";
import type { PieceSource } from "./piece-source.js";

export const SLIST_BUCKET = struct("SlistBucket", {
  /** address of the piece that blocks are cut from (0: none yet), and how many have been; cas2 by any thread */
  piece: pair(),
  /** pieces that have come into use; atomic add right after that */
  pieces: i32(),
}, { align: 128 });

const USED = SLIST_BUCKET.piece + 1;
const LAYER = "bucket";

export class SlistBuckets extends StackedBlocks<CountedStack> {
  protected readonly largestRequest: number;
  private readonly geometry: BucketGeometry;
  private readonly source: PieceSource;
  private readonly words: readonly number[];

  /** @throws RangeError for options out of range */
  constructor(root: Root, spans: MappedSpans, options: BucketOptions) {
    super(root, spans, checkBuckets(options), ({ memory }) => new CountedStack(memory, root.claimStruct(TAGGED_STACK)), LAYER);
    this.geometry = new BucketGeometry(options);
    this.largestRequest = this.geometry.largestRequest;
    const first = root.claimStruct(SLIST_BUCKET, options.buckets);
    this.words = Array.from({ length: options.buckets }, (_, i) => (first + i * SLIST_BUCKET.bytes) >>> 2);
    const Source = options.refill === "never" ? FixedPool : AddedPieces;
    this.source = new Source(root, spans, this.geometry, this.owner);
  }

  /** A bucket that has nothing is no reason to fail: the next larger one that has something serves. */
  override allocate(bytes: number): number {
    if (bytes > this.largestRequest) return 0;
    let address = 0;
    for (let bucket = bucketFor(bytes); address === 0 && bucket < this.count; bucket++) address = this.allocateIn(bucket);
    return address;
  }

  /** Makes a pool that is fixed, if there is memory for it, ahead of the first request. */
  reserve(): void {
    if (this.source instanceof FixedPool) this.source.reserve();
  }

  /**
   * Blocks that a bucket can hand out without a new piece: those on its list, as QueryDepthSList counts them, and those that
   * were never used. Any thread, at any time; exact while no other thread is in an operation and none has died in one.
   */
  depth(bucket: number): number {
    const { piece, used } = this.read(bucket);
    // a fixed pool that is still to be made is there already, if there is memory for it
    const isThere = piece !== 0 || (this.source instanceof FixedPool && this.source.canNext(bucket, 0));
    const unused = isThere ? this.geometry.counts[bucket] - used : 0;
    return this.stacks[bucket].depth() + unused;
  }

  protected cut(bucket: number): number {
    const { memory, geometry } = this;
    const w = this.words[bucket];
    for (;;) {
      const { piece, used } = this.read(bucket);
      if (piece !== 0 && used < geometry.counts[bucket]) {
        // Success makes the next block ours. Failure: another thread cut it off, or the two words were torn; look again.
        if (memory.cas2(w, piece, used, piece, used + 1)) return geometry.nodeAt(piece, bucket, used);
        continue;
      }
      const next = this.source.next(bucket, piece);
      if (next === 0) return this.stacks[bucket].pop();
      // Success publishes the new piece, all but its first block, which is ours. Failure: another thread came with one.
      if (memory.cas2(w, piece, used, next, 1)) {
        memory.add(w + SLIST_BUCKET.pieces, 1);
        return geometry.nodeAt(next, bucket, 0);
      }
      this.source.refuse(next, bucket);
    }
  }

  protected canCut(bucket: number): boolean {
    const { piece, used } = this.read(bucket);
    return (piece !== 0 && used < this.geometry.counts[bucket]) || this.source.canNext(bucket, piece);
  }

  private read(bucket: number): { piece: number; used: number } {
    const w = this.words[bucket];
    return { piece: this.memory.load(w) >>> 0, used: this.memory.load(w + USED) };
  }

  protected classFor(bytes: number): number {
    return bucketFor(bytes);
  }

  capacity(bucket: number): number {
    return capacityOf(bucket);
  }

  protected classIn(address: number, note: number): number {
    return this.source.bucketAt(address, note);
  }

  protected startOf(address: number, bucket: number): number {
    if (bucket >= this.count) return 0;
    return this.geometry.startOf(address, bucket, this.source.spanAt(address) + this.geometry.offsets[bucket]);
  }

  pieces(visit: (piece: Piece) => void): void {
    const { geometry } = this;
    for (let bucket = 0; bucket < this.count; bucket++) {
      const { piece: last, used } = this.read(bucket);
      const count = geometry.counts[bucket];
      for (const address of this.source.piecesOf(bucket, last)) {
        const first = geometry.nodeAt(address, bucket, 0);
        const cut = address === last || last === 0 ? used : count;
        visit({ address, bytes: geometry.pieceBytes[bucket], sizeClass: bucket, first, stride: geometry.strides[bucket], count, used: cut });
      }
    }
  }

  /** Pages of pieces that never came into use are lost: whoever acquired them has died. */
  override walk(visit: Visit): void {
    const known = new Set<number>();
    this.pieces(({ address, bytes }) => {
      for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + bytes; page++) known.add(page * PAGE_BYTES);
    });
    super.walk(visit);
    this.pages((page) => {
      if (!known.has(page)) visit({ address: page, bytes: PAGE_BYTES, state: "lost", layer: LAYER, block: 0 });
    });
  }

  private pages(visit: (page: number) => void): void {
    for (let page = Math.ceil(this.root.end / PAGE_BYTES) * PAGE_BYTES; page + PAGE_BYTES <= this.memory.end; page += PAGE_BYTES) {
      if (PAGE_NOTE.owner.get(this.spans.map.noteAt(page)) === this.owner) visit(page);
    }
  }

  override check(): void {
    for (let bucket = 0; bucket < this.count; bucket++) this.checkBucket(bucket);
    this.pieces((piece) => this.checkNotes(piece));
    super.check();
  }

  private checkBucket(bucket: number): void {
    const { piece, used } = this.read(bucket);
    const fail = (found: string): never => {
      throw new HeapCorruptionError(this.words[bucket] * 4, LAYER, `bucket ${bucket}: ${found}`);
    };
    if (used < 0 || used > this.geometry.counts[bucket] || (piece === 0) !== (used === 0)) fail(`${used} blocks cut from the piece at ${piece}`);
    if (piece === 0) return;
    for (const one of this.source.piecesOf(bucket, piece)) {
      const before = this.memory.i32[one >>> 2] >>> 0;
      if (before !== 0 && !this.source.isPiece(before, bucket)) fail(`the piece at ${one} was not preceded by one at ${before}`);
    }
    if (!this.source.isPiece(piece, bucket)) fail(`there is no piece at ${piece}`);
    let depth = 0;
    this.stacks[bucket].nodes(() => depth++);
    if (depth !== this.stacks[bucket].depth() && !this.root.threads.deathIsPossible()) fail(`${depth} blocks on a list of depth ${this.stacks[bucket].depth()}`);
  }

  /** Each page of a piece is known for what it is. */
  private checkNotes({ address, bytes, sizeClass }: Piece): void {
    const { map } = this.spans;
    const span = this.source.spanAt(address);
    for (let at = address; at < address + bytes; at += PAGE_BYTES) {
      const note = map.noteAt(at);
      const known = PAGE_NOTE.owner.get(note) === this.owner && this.source.spanAt(at) === span && this.classIn(at, note) === sizeClass;
      if (!known) throw new HeapCorruptionError(at, LAYER, `the page map does not say that a piece of bucket ${sizeClass} is here`);
    }
  }

  metadataBytes(): number {
    let blocks = 0;
    for (let bucket = 0; bucket < this.count; bucket++) {
      const earlier = Math.max(0, this.memory.load(this.words[bucket] + SLIST_BUCKET.pieces) - 1);
      blocks += earlier * this.geometry.counts[bucket] + this.read(bucket).used;
    }
    return blocks * HEADER_BYTES;
  }
}
