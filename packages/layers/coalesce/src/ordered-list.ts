/**
 * One list of all free blocks in some order; a request gets the first block that is large enough. The order is the
 * policy: by address it is first fit, by size it is best fit. Both take time in proportion to the number of free blocks.
 */
import { HeapCorruptionError, i32, struct, type Memory, type Root } from "@heapwright/core";
import { bytesOf } from "./block-tags.js";
import { linkAfter, nextOf, unlink, walkList } from "./block-list.js";
import type { FreeIndex } from "./free-index.js";

export const ORDERED_LIST = struct("OrderedList", {
  first: i32("first free block in the policy's order, or 0; under the heap's lock"),
});

export abstract class OrderedList implements FreeIndex {
  readonly minimumBytes = 16;
  protected readonly memory: Memory;
  private readonly headWord: number;

  constructor(
    root: Root,
    private readonly layer: string,
  ) {
    this.memory = root.memory;
    this.headWord = (root.claimStruct(ORDERED_LIST) >>> 2) + ORDERED_LIST.first;
  }

  /** Whether a block that is filed stays before one that is coming in. */
  protected abstract staysBefore(filed: number, filedBytes: number, block: number, bytes: number): boolean;

  abstract resize(block: number, from: number, to: number): void;

  insert(block: number, bytes: number): void {
    const { i32 } = this.memory;
    let previous = 0;
    let next = i32[this.headWord] >>> 0;
    while (next !== 0 && this.staysBefore(next, bytesOf(i32, next), block, bytes)) {
      previous = next;
      next = nextOf(i32, next);
    }
    linkAfter(i32, this.headWord, previous, block);
  }

  remove(block: number): void {
    unlink(this.memory.i32, this.headWord, block);
  }

  take(bytes: number): number {
    const { i32 } = this.memory;
    let block = i32[this.headWord] >>> 0;
    while (block !== 0 && bytesOf(i32, block) < bytes) block = nextOf(i32, block);
    if (block !== 0) unlink(i32, this.headWord, block);
    return block;
  }

  clear(): void {
    this.memory.i32[this.headWord] = 0;
  }

  walk(visit: (block: number) => void): void {
    walkList(this.memory, this.headWord, this.layer, visit);
  }

  check(): void {
    let before = 0;
    let beforeBytes = 0;
    walkList(this.memory, this.headWord, this.layer, (block, bytes) => {
      if (before !== 0 && this.staysBefore(block, bytes, before, beforeBytes)) {
        throw new HeapCorruptionError(block, this.layer, `out of order: ${bytes} bytes behind ${beforeBytes} at ${before}`);
      }
      before = block;
      beforeBytes = bytes;
    });
  }
}
