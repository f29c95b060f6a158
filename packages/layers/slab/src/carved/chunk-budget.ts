/**
 * Hands out chunks: a static heap of so many, and, only if that was enabled, further ones from the growing memory
 * (AO_malloc's static array, and AO_malloc_enable_mmap). Chunks are never given back.
 */
import { i32, PAGE_BYTES, struct, type MappedSpans, type Root } from "@heapwright/core";

export const CHUNK_BUDGET = struct("ChunkBudget", {
  /** chunks taken from the static heap; raised by CAS, never lowered */
  taken: i32(),
});

export class ChunkBudget {
  private readonly w: number;

  /**
   * @param staticChunks how many the static heap has
   * @param beyond whether to go on when they are used up
   */
  constructor(
    private readonly root: Root,
    private readonly spans: MappedSpans,
    private readonly staticChunks: number,
    private readonly beyond: "stop" | "grow",
  ) {
    this.w = root.claimStruct(CHUNK_BUDGET) >>> 2;
    // A static heap is there from the start. Where the memory is shorter, its chunks are fewer.
    if (root.fresh && beyond === "stop") root.memory.grow(root.address + (staticChunks + 1) * PAGE_BYTES);
  }

  /** Address of a chunk of 64 KiB, or 0. */
  take(): number {
    return this.draw() || this.beyond === "grow" ? this.spans.acquire(PAGE_BYTES, PAGE_BYTES) : 0;
  }

  /** Whether {@link take} would give one now. Racy. */
  canTake(): boolean {
    return (this.beyond === "grow" || this.root.memory.load(this.w) < this.staticChunks) && this.spans.longestFree() !== 0;
  }

  /** Whether one more static chunk could be drawn. A chunk that the memory then refuses stays drawn: it is not there. */
  private draw(): boolean {
    const { memory } = this.root;
    for (;;) {
      const taken = memory.load(this.w);
      if (taken >= this.staticChunks) return false;
      // Success publishes that one chunk fewer is left. Failure: another thread drew one; look again.
      if (memory.cas(this.w, taken, taken + 1)) return true;
    }
  }
}
