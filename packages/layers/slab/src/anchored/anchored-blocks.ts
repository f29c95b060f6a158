/** The blocks of one class, for layers that take and give in batches: neighbours in a batch share their atomics. */
import type { Blocks, Memory } from "@heapwright/core";
import type { AnchoredHeaps } from "./anchored-heaps.js";
import type { BlockFinder } from "./block-finder.js";
import { BLOCK_PLACE, FLAGS } from "./block-prefix.js";

const INDEX = BLOCK_PLACE.index.maximum;
const PLACE = 1;

export class AnchoredBlocks implements Blocks {
  readonly progress = "lock-free";

  constructor(
    private readonly memory: Memory,
    private readonly heaps: AnchoredHeaps,
    private readonly finder: BlockFinder,
    private readonly sizeClass: number,
    readonly blockBytes: number,
  ) {}

  take(into: number, count: number): number {
    return this.heaps.takeMany(this.sizeClass, into, count);
  }

  /** @throws InvalidAddressError at the first address that is no block's; those before it are given back */
  give(from: number, count: number): void {
    const { memory } = this;
    const end = (from >>> 2) + count;
    for (let at = from >>> 2; at < end; ) {
      const last = this.finder.find(memory.i32[at++] >>> 0) >>> 2;
      const descriptor = (memory.i32[last] & ~FLAGS) >>> 0;
      let first = memory.i32[last + PLACE] & INDEX;
      // no longer live, so that the same address is refused if it comes once more
      memory.i32[last] = first;
      let blocks = 1;
      try {
        while (at < end) {
          const w = this.finder.find(memory.i32[at] >>> 0) >>> 2;
          if ((memory.i32[w] & ~FLAGS) >>> 0 !== descriptor) break;
          memory.i32[w] = first;
          first = memory.i32[w + PLACE] & INDEX;
          at++;
          blocks++;
        }
      } finally {
        this.heaps.give(descriptor, first, last, blocks);
      }
    }
  }
}
