/**
 * Makes blocks in use out of free ones. In every cut the new tag is written inside of the old block first, where nobody
 * looks for one; the store that shortens the old block then makes the cut, and there is no moment without a complete
 * chain of tags.
 */
import type { Memory } from "@heapwright/core";
import { announceFree, announceInUse, bytesIn, IN_USE, PREVIOUS_IN_USE, setGuard, setTag, tagOf } from "./block-tags.js";
import type { FreeIndex } from "./free-index.js";
import { HEAP, type HeapSums } from "./heap-sums.js";
import { SPAN, type SpanList } from "./span-list.js";

export class BlockCutter {
  /**
   * @param minimumRest a rest of fewer bytes stays with the block it would be cut from
   * @param guard marks the end of each block in use, before that is in use; 0: no mark
   */
  constructor(
    private readonly memory: Memory,
    private readonly sums: HeapSums,
    private readonly spans: SpanList,
    private readonly index: FreeIndex,
    private readonly minimumRest: number,
    private readonly guard: number,
  ) {}

  /** Uses the first `wanted` bytes of a block that is out of the index; files the rest. */
  front(block: number, wanted: number): number {
    const { i32 } = this.memory;
    const tag = tagOf(i32, block);
    const rest = bytesIn(tag) - wanted;
    if (rest < this.minimumRest) return this.use(block, bytesIn(tag));
    const behind = block + wanted;
    setTag(i32, behind, rest | PREVIOUS_IN_USE);
    if (this.guard !== 0) setGuard(i32, block, wanted, this.guard);
    setTag(i32, block, wanted | IN_USE | (tag & PREVIOUS_IN_USE));
    announceFree(i32, behind, rest);
    this.sums.add(HEAP.blocks, 1);
    this.index.insert(behind, rest, "rest");
    return this.use(block, wanted);
  }

  /** Uses the last `wanted` bytes of a block that is out of the index; files the rest, which keeps its address. */
  back(block: number, wanted: number): number {
    const { i32 } = this.memory;
    const tag = tagOf(i32, block);
    const rest = bytesIn(tag) - wanted;
    if (rest < this.minimumRest) return this.use(block, bytesIn(tag));
    const behind = block + rest;
    setTag(i32, behind, wanted | IN_USE);
    if (this.guard !== 0) setGuard(i32, behind, wanted, this.guard);
    setTag(i32, block, rest | (tag & PREVIOUS_IN_USE));
    announceFree(i32, block, rest);
    this.sums.add(HEAP.blocks, 1);
    this.index.insert(block, rest, "rest");
    return this.use(behind, wanted);
  }

  /** Cuts off what lies before the first aligned address, as a free block. @returns the block at that address */
  leader(block: number, alignment: number): number {
    const { i32 } = this.memory;
    let aligned = Math.ceil(block / alignment) * alignment;
    if (aligned === block) return block;
    while (aligned - block < this.minimumRest) aligned += alignment;
    const tag = tagOf(i32, block);
    const leader = aligned - block;
    setTag(i32, aligned, bytesIn(tag) - leader);
    setTag(i32, block, leader | (tag & PREVIOUS_IN_USE));
    announceFree(i32, block, leader);
    this.sums.add(HEAP.blocks, 1);
    this.index.insert(block, leader, "leader");
    return aligned;
  }

  /**
   * Cuts a block in use down to `wanted` bytes.
   * @returns the rest, which is in use as well and has the old end, mark and all; or 0 when it would be too small
   */
  tail(span: number, block: number, wanted: number): number {
    const { i32 } = this.memory;
    const tag = tagOf(i32, block);
    const rest = bytesIn(tag) - wanted;
    if (rest < this.minimumRest) return 0;
    if (this.guard !== 0) setGuard(i32, block, wanted, this.guard);
    setTag(i32, block + wanted, rest | IN_USE | PREVIOUS_IN_USE);
    setTag(i32, block, wanted | IN_USE | (tag & PREVIOUS_IN_USE));
    this.sums.add(HEAP.blocks, 1);
    i32[(span >>> 2) + SPAN.live]++;
    return block + wanted;
  }

  /** Marks a block as in use, in its tag, its successor's and the sums. */
  private use(block: number, bytes: number): number {
    const { i32 } = this.memory;
    const span = this.spans.of(block);
    if (this.guard !== 0) setGuard(i32, block, bytes, this.guard);
    setTag(i32, block, tagOf(i32, block) | IN_USE);
    announceInUse(i32, block, bytes);
    this.sums.add(HEAP.freeBytes, -bytes);
    if (i32[(span >>> 2) + SPAN.live]++ === 0) this.sums.add(HEAP.emptyBytes, -this.spans.bytesOf(span));
    return block;
  }
}
