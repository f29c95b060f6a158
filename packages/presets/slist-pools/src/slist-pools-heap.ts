/** A heap that answers one question more: how many blocks a bucket has ready, as QueryDepthSList does for an SLIST. */
import { integerIn, type HeapHandle, type Root } from "@heapwright/core";
import { ComposedHeap, type Composition } from "@heapwright/combine";
import type { SlistBuckets } from "@heapwright/slab";

export interface BucketComposition extends Composition {
  readonly buckets: SlistBuckets;
}

export class SlistPoolsHeap extends ComposedHeap {
  readonly #buckets: SlistBuckets;

  constructor(root: Root, composition: BucketComposition, handle: HeapHandle) {
    super(root, composition, handle);
    this.#buckets = composition.buckets;
    // or the pages for what threads keep, which can be done without, might be taken out of the pool's
    if (root.fresh) this.#buckets.reserve();
  }

  /**
   * Blocks of a bucket that are free to be handed out: freed ones, and those never used in the memory that the bucket has.
   * What threads keep in pools of their own is not among them. Any thread may ask at any time; the answer is exact while
   * no other thread is in an operation and none has died in one.
   * @param bucket 0 for requests of up to 8 bytes, 1 for 16, ...
   * @throws RangeError when there is no such bucket
   */
  depth(bucket: number): number {
    this.enter();
    return this.#buckets.depth(integerIn("bucket", bucket, 0, this.#buckets.count - 1));
  }
}
