/**
 * What a coalescing heap counts, and the mark that says that it is being changed. All of it can be derived from the tags;
 * it is kept so that nobody has to.
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";

export const HEAP = struct("CoalescingHeap", {
  /** slot of the thread whose operation changes the heap, plus 1; 0 when none does. Found set by the next one, it means that a thread died inside */
  busy: i32(),
  /** spans held; under the heap's lock, as all here */
  spans: i32(),
  /** blocks, free or in use */
  blocks: i32(),
  /** sum of the sizes of all free blocks, tags included */
  freeBytes: i32(),
  /** sum of the lengths of the spans without a block in use */
  emptyBytes: i32(),
  /** sum of the sizes of all blocks, free or in use */
  blockBytes: i32(),
  /** the most that blockBytes less freeBytes has been between two operations */
  peakUsedBytes: i32(),
});

/** Sums over all spans. */
export interface Stock {
  spans: number;
  blocks: number;
  freeBytes: number;
  emptyBytes: number;
  blockBytes: number;
}

export class HeapSums implements Readonly<Stock> {
  private readonly memory: Memory;
  private readonly w: number;
  private readonly mark: number;

  constructor(root: Root) {
    this.memory = root.memory;
    this.mark = root.threads.slot + 1;
    this.w = root.claimStruct(HEAP) >>> 2;
  }

  get spans(): number {
    return this.memory.i32[this.w + HEAP.spans] >>> 0;
  }

  get blocks(): number {
    return this.memory.i32[this.w + HEAP.blocks] >>> 0;
  }

  get freeBytes(): number {
    return this.memory.i32[this.w + HEAP.freeBytes] >>> 0;
  }

  get emptyBytes(): number {
    return this.memory.i32[this.w + HEAP.emptyBytes] >>> 0;
  }

  get blockBytes(): number {
    return this.memory.i32[this.w + HEAP.blockBytes] >>> 0;
  }

  get peakUsedBytes(): number {
    return this.memory.i32[this.w + HEAP.peakUsedBytes] >>> 0;
  }

  get busy(): boolean {
    return this.memory.i32[this.w + HEAP.busy] !== 0;
  }

  /** While {@link busy}, the slot of the thread that is inside, or that died there. */
  get insider(): number {
    return this.memory.i32[this.w + HEAP.busy] - 1;
  }

  begin(): void {
    this.memory.i32[this.w + HEAP.busy] = this.mark;
  }

  end(): void {
    const { i32 } = this.memory;
    const { w } = this;
    const used = (i32[w + HEAP.blockBytes] >>> 0) - (i32[w + HEAP.freeBytes] >>> 0);
    if (used > i32[w + HEAP.peakUsedBytes] >>> 0) i32[w + HEAP.peakUsedBytes] = used;
    i32[w + HEAP.busy] = 0;
  }

  /** @param field an offset of {@link HEAP} */
  add(field: number, difference: number): void {
    this.memory.i32[this.w + field] += difference;
  }

  replace(stock: Readonly<Stock>): void {
    const { i32 } = this.memory;
    i32[this.w + HEAP.spans] = stock.spans;
    i32[this.w + HEAP.blocks] = stock.blocks;
    i32[this.w + HEAP.freeBytes] = stock.freeBytes;
    i32[this.w + HEAP.emptyBytes] = stock.emptyBytes;
    i32[this.w + HEAP.blockBytes] = stock.blockBytes;
  }
}
