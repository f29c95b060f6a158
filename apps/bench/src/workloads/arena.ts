/**
 * What a workload needs of an allocator: the calls of C, and views of the memory it hands out. A `Heap` of ours is one as
 * it stands, so that the calls that are measured are those of a user; allocators of others get a thin class around them.
 */

/** Views that may fall behind the memory; see `Memory` of `@heapwright/core`. */
export interface Views {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  /** Bytes that the views cover. */
  readonly end: number;
  /** Makes the views cover the byte at `address`. */
  reach(address: number): boolean;
}

/** Addresses are byte offsets into {@link memory}, 0 is none. A thread has one of its own, over memory that all share. */
export interface Arena {
  readonly memory: Views;
  malloc(bytes: number): number;
  calloc(count: number, bytes: number): number;
  realloc(address: number, bytes: number): number;
  alignedAlloc(alignment: number, bytes: number): number;
  free(address: number): void;
}
