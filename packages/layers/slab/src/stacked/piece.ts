/**
 * A piece of memory that is cut into equal blocks: a whole chunk, a bucket's share of a pool. What walks and checks need to
 * know of it.
 */
export interface Piece {
  readonly address: number;
  /** All of it, with what is wasted before the first block and behind the last. */
  readonly bytes: number;
  readonly sizeClass: number;
  /** Address of the first block's header. */
  readonly first: number;
  /** Bytes from one block to the next. */
  readonly stride: number;
  readonly count: number;
  /** So many blocks, from the first, have been handed out at least once; the headers of the others are still 0. */
  readonly used: number;
}
