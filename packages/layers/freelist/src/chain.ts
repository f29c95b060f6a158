/**
 * Walks chains of nodes that are linked through one word each. Nothing found in memory is believed: a chain may have
 * been damaged by a program that wrote to a block it had freed, so every address is tested before it is followed, and a
 * chain that bites its own tail is noticed (by Brent's algorithm, "An improved Monte Carlo factorization algorithm",
 * 1980).
 */
import { HeapCorruptionError, type Memory } from "@heapwright/core";

/** Where a chain's links stand and how to read them. */
export interface ChainShape {
  /** Bytes from a node's address to its link word; a multiple of 4, may be negative. */
  readonly linkOffset: number;
  /** And-ed with every link before it is used, to drop bits that are no part of the address. -1 keeps all. */
  readonly addressMask: number;
  /** Whose chain it is, for the error. */
  readonly layer: string;
}

/**
 * Visits the nodes from the one that `link` points to. The chain must stand still.
 * @throws HeapCorruptionError for a link that is no node's address, or a cycle; nodes of a cycle may have been visited twice
 */
export function followChain(memory: Memory, link: number, shape: ChainShape, visit: (node: number) => void): void {
  let node = (link & shape.addressMask) >>> 0;
  let landmark = node;
  let sinceLandmark = 0;
  let stride = 1;
  while (node !== 0) {
    const at = node + shape.linkOffset;
    if ((at & 3) !== 0 || at < 0 || !memory.reach(at)) {
      throw new HeapCorruptionError(node, shape.layer, "a link leads here, but no node can be here");
    }
    visit(node);
    node = (memory.i32[at >>> 2] & shape.addressMask) >>> 0;
    if (node === landmark) throw new HeapCorruptionError(node, shape.layer, "the chain of nodes leads back here");
    if (++sinceLandmark === stride) {
      landmark = node;
      sinceLandmark = 0;
      stride *= 2;
    }
  }
}

/** Index of a node's link word, within the caller's views. @throws HeapCorruptionError when no memory is there */
export function linkWord(memory: Memory, node: number, linkOffset: number, layer: string): number {
  const at = node + linkOffset;
  if (at >= memory.end && !memory.reach(at)) {
    throw new HeapCorruptionError(node, layer, "a node that lies beyond the end of the memory was pushed");
  }
  return at >>> 2;
}
