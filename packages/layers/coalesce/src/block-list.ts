/**
 * Doubly linked lists of free blocks, through the blocks' own first two words ({@link FREE_BLOCK}); the head is a word
 * that belongs to somebody else. Two links, so that any block leaves at once and by identity. Leaving by size, as one
 * heap that these are modelled on does, loses other blocks of the same size.
 */
import { HeapCorruptionError, type Memory } from "@heapwright/core";
import { bytesIn, FREE_BLOCK, IN_USE, tagOf, UNIT } from "./block-tags.js";

const NEXT = FREE_BLOCK.next;
const PREVIOUS = FREE_BLOCK.previous;

export function nextOf(i32: Int32Array, block: number): number {
  return i32[(block >>> 2) + NEXT] >>> 0;
}

export function previousOf(i32: Int32Array, block: number): number {
  return i32[(block >>> 2) + PREVIOUS] >>> 0;
}

/** Puts `block` behind `previous`, or first when that is 0. */
export function linkAfter(i32: Int32Array, headWord: number, previous: number, block: number): void {
  const before = previous === 0 ? headWord : (previous >>> 2) + NEXT;
  const next = i32[before] >>> 0;
  i32[(block >>> 2) + NEXT] = next;
  i32[(block >>> 2) + PREVIOUS] = previous;
  i32[before] = block;
  if (next !== 0) i32[(next >>> 2) + PREVIOUS] = block;
}

/**
 * Steps that a search through one list can take. A program that writes into a block it has freed may lead the list in a circle, and
 * who holds a heap's lock must come to an end.
 */
export function longestList(memory: Memory): number {
  return Math.ceil(memory.end / UNIT);
}

/** What a search throws that has not come to an end. The heap counts as left half-done then, and the next call files all blocks anew. */
export function endless(block: number, layer: string): HeapCorruptionError {
  return new HeapCorruptionError(block, layer, "the list leads in a circle");
}

export function unlink(i32: Int32Array, headWord: number, block: number): void {
  const next = nextOf(i32, block);
  const previous = previousOf(i32, block);
  i32[previous === 0 ? headWord : (previous >>> 2) + NEXT] = next;
  if (next !== 0) i32[(next >>> 2) + PREVIOUS] = previous;
}

/**
 * Visits a list from its head and proves that it leads back and holds free blocks only.
 * @throws HeapCorruptionError
 */
export function walkList(memory: Memory, headWord: number, layer: string, visit: (block: number, bytes: number) => void): void {
  const { i32 } = memory;
  let previous = 0;
  for (let block = i32[headWord] >>> 0; block !== 0; block = nextOf(i32, block)) {
    if (block >= memory.end || block % 16 !== 0) throw new HeapCorruptionError(previous, layer, `a link to ${block}`);
    const tag = tagOf(i32, block);
    if ((tag & IN_USE) !== 0) throw new HeapCorruptionError(block, layer, "a block in use is on a free list");
    if (previousOf(i32, block) !== previous) throw new HeapCorruptionError(block, layer, "a free list does not lead back");
    visit(block, bytesIn(tag));
    previous = block;
  }
}
