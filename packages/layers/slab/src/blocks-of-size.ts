/** The blocks that an allocator makes for one size, as a source of equal blocks, for layers that take and give in batches. */
import type { Allocator, Blocks, Memory, Progress } from "@heapwright/core";

export class BlocksOfSize implements Blocks {
  readonly progress: Progress;

  constructor(
    private readonly allocator: Pick<Allocator, "progress" | "allocate" | "free">,
    private readonly memory: Memory,
    readonly blockBytes: number,
  ) {
    this.progress = allocator.progress;
  }

  take(into: number, count: number): number {
    for (let taken = 0; taken < count; taken++) {
      const address = this.allocator.allocate(this.blockBytes);
      if (address === 0) return taken;
      this.memory.i32[(into >>> 2) + taken] = address;
    }
    return count;
  }

  give(from: number, count: number): void {
    for (let i = 0; i < count; i++) this.allocator.free(this.memory.i32[(from >>> 2) + i] >>> 0);
  }
}
