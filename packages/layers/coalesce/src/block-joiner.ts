/**
 * Makes one block out of neighbours. The store that lengthens the first one makes the join. The tag of the second one
 * stays where it was, inside of the whole, and goes on saying that it is free: so freeing its address again is noticed.
 */
import type { Memory } from "@heapwright/core";
import { announceFree, announceInUse, bytesBefore, bytesIn, bytesOf, IN_USE, nextTagWord, PREVIOUS_IN_USE, setGuard, setTag, tagOf } from "./block-tags.js";
import type { FreeIndex } from "./free-index.js";
import { HEAP, type HeapSums } from "./heap-sums.js";

export class BlockJoiner {
  constructor(
    private readonly memory: Memory,
    private readonly sums: HeapSums,
    private readonly index: FreeIndex,
    private readonly guard: number,
  ) {}

  /** Joins a block that has just become free with its free neighbours, and files the result. @returns its length */
  merge(block: number, alone: number): number {
    const { i32 } = this.memory;
    let bytes = alone;
    const nextTag = i32[nextTagWord(block, bytes)];
    if ((nextTag & IN_USE) === 0) bytes += this.swallow(block, block + bytes, bytesIn(nextTag));
    if ((tagOf(i32, block) & PREVIOUS_IN_USE) !== 0) {
      announceFree(i32, block, bytes);
      this.index.insert(block, bytes, "freed");
      return bytes;
    }
    const before = bytesBefore(i32, block);
    const previous = block - before;
    setTag(i32, previous, tagOf(i32, previous) + bytes);
    this.sums.add(HEAP.blocks, -1);
    announceFree(i32, previous, before + bytes);
    this.index.resize(previous, before, before + bytes);
    return before + bytes;
  }

  /** Whether the block behind one in use is free and has `missing` bytes. */
  absorbsNext(block: number, missing: number): boolean {
    const { i32 } = this.memory;
    const nextTag = i32[nextTagWord(block, bytesOf(i32, block))];
    return (nextTag & IN_USE) === 0 && bytesIn(nextTag) >= missing;
  }

  /** Appends the free block behind a block in use to it. */
  absorbNext(block: number): void {
    const { i32 } = this.memory;
    const bytes = bytesOf(i32, block);
    const nextBytes = bytesIn(i32[nextTagWord(block, bytes)]);
    if (this.guard !== 0) setGuard(i32, block, bytes + nextBytes, this.guard);
    this.swallow(block, block + bytes, nextBytes);
    announceInUse(i32, block, bytes + nextBytes);
    this.sums.add(HEAP.freeBytes, -nextBytes);
  }

  /** Appends the free block `next` to the one before it. @returns how much longer that is now */
  private swallow(block: number, next: number, bytes: number): number {
    const { i32 } = this.memory;
    this.index.remove(next, bytes);
    setTag(i32, block, tagOf(i32, block) + bytes);
    this.sums.add(HEAP.blocks, -1);
    return bytes;
  }
}
