/**
 * The blocks of one class, in batches: those that are given back are linked first and go onto the stack together, by one
 * push for all. A thread that dies meanwhile loses those that were linked.
 */
import type { Blocks, Memory, Progress } from "@heapwright/core";
import type { Stack } from "@heapwright/freelist";

/** What batches are taken from, and where the headers of blocks that are given back are looked up. */
export interface BatchSource {
  readonly progress: Progress;
  capacity(sizeClass: number): number;
  allocateIn(sizeClass: number): number;
  /** @throws InvalidAddressError */
  nodeOf(address: number): number;
}

export class StackedBatches implements Blocks {
  readonly progress: Progress;
  readonly blockBytes: number;

  constructor(
    private readonly source: BatchSource,
    private readonly stack: Stack,
    private readonly memory: Memory,
    private readonly sizeClass: number,
  ) {
    this.progress = source.progress;
    this.blockBytes = source.capacity(sizeClass);
  }

  take(into: number, count: number): number {
    for (let taken = 0; taken < count; taken++) {
      const address = this.source.allocateIn(this.sizeClass);
      if (address === 0) return taken;
      this.memory.i32[(into >>> 2) + taken] = address;
    }
    return count;
  }

  /** @throws InvalidAddressError for what is no block; those before it have been given back then */
  give(from: number, count: number): void {
    let first = 0;
    let last = 0;
    try {
      for (let i = 0; i < count; i++) {
        const address = this.memory.i32[(from >>> 2) + i] >>> 0;
        const node = this.source.nodeOf(address);
        this.memory.i32[node >>> 2] = first;
        if (first === 0) last = node;
        first = node;
      }
    } finally {
      if (first !== 0) this.stack.pushChain(first, last);
    }
  }
}
