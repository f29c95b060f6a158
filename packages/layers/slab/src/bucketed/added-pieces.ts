/**
 * Pieces of whole pages, each for one bucket, added whenever one is used up and for as long as there is memory. The
 * first word of each holds the address of the one before it, so that those which came into use are known from those that
 * were in the hands of a thread when it died.
 */
import { PAGE_NOTE } from "@heapwright/core";
import { PieceSource } from "./piece-source.js";

export class AddedPieces extends PieceSource {
  next(bucket: number, previous: number): number {
    const { geometry, memory } = this;
    const piece = this.acquire(geometry.pieceBytes[bucket], bucket);
    if (piece === 0) return 0;
    const { i32 } = memory;
    if (!this.spans.lastWasZero) {
      for (let i = 0; i < geometry.counts[bucket]; i++) i32[geometry.nodeAt(piece, bucket, i) >>> 2] = 0;
    }
    i32[piece >>> 2] = previous;
    return piece;
  }

  refuse(piece: number, bucket: number): void {
    this.spans.release(piece, this.geometry.pieceBytes[bucket]);
  }

  canNext(bucket: number): boolean {
    return this.spans.longestFree() >= this.geometry.pieceBytes[bucket];
  }

  bucketAt(_address: number, note: number): number {
    return PAGE_NOTE.value.get(note);
  }

  isPiece(piece: number, bucket: number): boolean {
    const note = this.spans.map.noteAt(piece);
    return PAGE_NOTE.owner.get(note) === this.owner && PAGE_NOTE.value.get(note) === bucket && this.spanAt(piece) === piece;
  }

  /** Stops at what is no piece, or came before. */
  piecesOf(bucket: number, last: number): number[] {
    const pieces = new Set<number>();
    for (let piece = last; piece !== 0 && !pieces.has(piece) && this.isPiece(piece, bucket) && this.memory.reach(piece); ) {
      pieces.add(piece);
      piece = this.memory.racyLoad(piece >>> 2) >>> 0;
    }
    return [...pieces];
  }
}
