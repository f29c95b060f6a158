/**
 * First fit over all free blocks in ascending address, the policy of FreeRTOS heap_4: low addresses fill up first, and
 * the high ones have time to become free as a whole. A block that is filed looks for its place from where the last change
 * was, in either direction: frees often follow each other, and what is left of a block belongs where the block was.
 */
import { HeapCorruptionError, i32, struct, type Memory, type Root } from "@heapwright/core";
import { bytesOf } from "./block-tags.js";
import { endless, linkAfter, longestList, nextOf, previousOf, unlink, walkList } from "./block-list.js";
import type { FreeIndex } from "./free-index.js";

export const ADDRESS_ORDERED = struct("AddressOrdered", {
  /** free block of the lowest address, or 0; under the heap's lock, as below */
  first: i32(),
  /** the block filed last, or the one before what was taken out last; or 0 */
  near: i32(),
});

const LAYER = "address-ordered list";

export class AddressOrdered implements FreeIndex {
  readonly minimumBytes = 16;
  private readonly memory: Memory;
  private readonly headWord: number;
  private readonly nearWord: number;

  constructor(root: Root) {
    this.memory = root.memory;
    const w = root.claimStruct(ADDRESS_ORDERED) >>> 2;
    this.headWord = w + ADDRESS_ORDERED.first;
    this.nearWord = w + ADDRESS_ORDERED.near;
  }

  insert(block: number): void {
    const { i32 } = this.memory;
    let previous = i32[this.nearWord] >>> 0;
    let left = longestList(this.memory);
    for (; previous > block; previous = previousOf(i32, previous)) if (left-- === 0) throw endless(previous, LAYER);
    for (let next = this.behind(previous); next !== 0 && next < block; next = nextOf(i32, next)) {
      if (left-- === 0) throw endless(next, LAYER);
      previous = next;
    }
    linkAfter(i32, this.headWord, previous, block);
    i32[this.nearWord] = block;
  }

  private behind(block: number): number {
    const { i32 } = this.memory;
    return block === 0 ? i32[this.headWord] >>> 0 : nextOf(i32, block);
  }

  remove(block: number): void {
    const { i32 } = this.memory;
    i32[this.nearWord] = previousOf(i32, block);
    unlink(i32, this.headWord, block);
  }

  resize(): void {
    // the address decides the place, and it has not changed
  }

  take(bytes: number): number {
    const { i32 } = this.memory;
    let block = i32[this.headWord] >>> 0;
    let left = longestList(this.memory);
    for (; block !== 0 && bytesOf(i32, block) < bytes; block = nextOf(i32, block)) if (left-- === 0) throw endless(block, LAYER);
    if (block !== 0) this.remove(block);
    return block;
  }

  clear(): void {
    const { i32 } = this.memory;
    i32[this.headWord] = 0;
    i32[this.nearWord] = 0;
  }

  walk(visit: (block: number) => void): void {
    walkList(this.memory, this.headWord, LAYER, visit);
  }

  check(): void {
    const near = this.memory.i32[this.nearWord] >>> 0;
    let before = 0;
    let met = near === 0;
    walkList(this.memory, this.headWord, LAYER, (block) => {
      if (block < before) throw new HeapCorruptionError(block, LAYER, `out of order: behind ${before}`);
      if (block === near) met = true;
      before = block;
    });
    if (!met) throw new HeapCorruptionError(near, LAYER, "the place of the last change is not on the list");
  }
}
