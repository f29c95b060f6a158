/**
 * Free blocks of 256 bytes and more in 32 tries, two per power of two, with a map of those that are not empty (Lea's
 * malloc). A trie branches on the bits of the size from the top down, so it is at most as deep as sizes have bits and
 * needs no balancing; a node may lie anywhere on the path that its size prescribes. Blocks of equal size form a ring,
 * of which one is the node and the others cost no look-up. Everything takes time in proportion to the bits of a size.
 */
import { HeapCorruptionError, i32, struct, words, type Memory, type Root } from "@heapwright/core";
import { endless, longestList } from "./block-list.js";
import { bytesOf } from "./block-tags.js";
import { SMALL_LIMIT } from "./small-bins.js";

const TRIES = 32;
const LAST = TRIES - 1;
/** log2 of {@link SMALL_LIMIT}. */
const SMALL_BITS = 8;

export const SIZE_TRIES = struct("SizeTries", {
  /** bit t: trie t holds a block; under the heap's lock, as below */
  map: i32(),
  /** trie t: its root, or 0 */
  root: words(TRIES),
});

export const TRIE_NODE = struct("TrieNode", {
  /** next in the ring of blocks of this size, possibly itself; under the heap's lock, as below */
  next: i32(),
  /** previous in the ring */
  previous: i32(),
  /** root of the part whose next bit of the size is 0, or 0; only in the ring's node, as below */
  low: i32(),
  /** root of the part whose next bit of the size is 1, or 0 */
  high: i32(),
  /** the node above; itself in the root; 0 in members of a ring that are not its node */
  parent: i32(),
}, { bytes: 20 });

/** A node lies no deeper than its size has bits. Where a program has written into freed blocks, a path may lead in a circle. */
const DEEPEST = 32;

const LAYER = "size tries";
const { next: NEXT, previous: PREVIOUS, low: LOW, parent: PARENT } = TRIE_NODE;

/** The trie for blocks of `bytes`: from 256, 384, 512, 768, 1024, ... on; the last takes 12 MiB and everything above. */
function trieFor(bytes: number): number {
  const k = 31 - Math.clz32(bytes) - SMALL_BITS;
  const trie = 2 * k + ((bytes >>> (k + SMALL_BITS - 1)) & 1);
  return trie < LAST ? trie : LAST;
}

/** `bytes` with the bit on which the root of `trie` branches in the top place. */
function pathIn(trie: number, bytes: number): number {
  return trie === LAST ? bytes | 0 : bytes << (32 - (SMALL_BITS - 1) - (trie >>> 1));
}

export class SizeTries {
  private readonly memory: Memory;
  private readonly mapWord: number;
  private readonly rootWord: number;

  constructor(root: Root) {
    this.memory = root.memory;
    const w = root.claimStruct(SIZE_TRIES) >>> 2;
    this.mapWord = w + SIZE_TRIES.map;
    this.rootWord = w + SIZE_TRIES.root;
  }

  insert(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const trie = trieFor(bytes);
    const w = block >>> 2;
    i32[w + LOW] = 0;
    i32[w + LOW + 1] = 0;
    let slot = this.rootWord + trie;
    let parent = block;
    let path = pathIn(trie, bytes);
    let left = DEEPEST;
    for (let node = i32[slot] >>> 0; node !== 0; node = i32[slot] >>> 0) {
      if (left-- === 0) throw endless(node, LAYER);
      if (bytesOf(i32, node) === bytes) return this.join(node, block);
      slot = (node >>> 2) + LOW + (path >>> 31);
      path <<= 1;
      parent = node;
    }
    i32[w + NEXT] = block;
    i32[w + PREVIOUS] = block;
    i32[w + PARENT] = parent;
    i32[slot] = block;
    i32[this.mapWord] |= 1 << trie;
  }

  /** Puts `block` behind the node of its size, so that the ring is left in the order it was joined. */
  private join(node: number, block: number): void {
    const { i32 } = this.memory;
    const next = i32[(node >>> 2) + NEXT];
    i32[(block >>> 2) + NEXT] = next;
    i32[(block >>> 2) + PREVIOUS] = node;
    i32[(block >>> 2) + PARENT] = 0;
    i32[(next >>> 2) + PREVIOUS] = block;
    i32[(node >>> 2) + NEXT] = block;
  }

  remove(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const w = block >>> 2;
    const parent = i32[w + PARENT] >>> 0;
    const previous = i32[w + PREVIOUS] >>> 0;
    let heir = previous;
    if (previous === block) {
      heir = this.detachLeaf(block);
    } else {
      const next = i32[w + NEXT] >>> 0;
      i32[(next >>> 2) + PREVIOUS] = previous;
      i32[(previous >>> 2) + NEXT] = next;
    }
    if (parent !== 0) this.replace(block, heir, parent, trieFor(bytes));
  }

  /** Takes a leaf from below `node`, to stand in its place. @returns 0 when it is a leaf itself */
  private detachLeaf(node: number): number {
    const { i32 } = this.memory;
    let leaf = node;
    let slot = 0;
    for (let left = DEEPEST; ; left--) {
      if (left === 0) throw endless(leaf, LAYER);
      const below = i32[(leaf >>> 2) + LOW + 1] === 0 ? LOW : LOW + 1;
      const child = i32[(leaf >>> 2) + below] >>> 0;
      if (child === 0) break;
      slot = (leaf >>> 2) + below;
      leaf = child;
    }
    if (slot === 0) return 0;
    i32[slot] = 0;
    return leaf;
  }

  /** Lets `heir` take over the place of `node` between its parent and its children. */
  private replace(node: number, heir: number, parent: number, trie: number): void {
    const { i32 } = this.memory;
    i32[this.slotOf(node, parent, trie)] = heir;
    if (heir === 0) {
      if (parent === node) i32[this.mapWord] &= ~(1 << trie);
      return;
    }
    const w = heir >>> 2;
    i32[w + PARENT] = parent === node ? heir : parent;
    for (let side = LOW; side <= LOW + 1; side++) {
      const child = i32[(node >>> 2) + side];
      i32[w + side] = child;
      if (child !== 0) i32[(child >>> 2) + PARENT] = heir;
    }
  }

  /** The word that leads to `node` from above. */
  private slotOf(node: number, parent: number, trie: number): number {
    if (parent === node) return this.rootWord + trie;
    const low = (parent >>> 2) + LOW;
    return this.memory.i32[low] >>> 0 === node ? low : low + 1;
  }

  /** The smallest block of at least `request` bytes, or 0. It stays in. */
  find(request: number): number {
    const bytes = request < SMALL_LIMIT ? SMALL_LIMIT : request;
    const trie = trieFor(bytes);
    const fitting = this.memory.i32[this.mapWord] & (-1 << trie);
    if (fitting === 0) return 0;
    const inTrie = this.findIn(trie, bytes);
    if (inTrie !== 0) return inTrie;
    const larger = fitting & (-2 << trie);
    return larger === 0 ? 0 : this.smallestBelow(this.memory.i32[this.rootWord + 31 - Math.clz32(larger & -larger)] >>> 0, 0, bytes);
  }

  /** Follows the bits of `bytes`; what is high of the path and hangs lowest on it holds the next larger sizes. */
  private findIn(trie: number, bytes: number): number {
    const { i32 } = this.memory;
    let best = 0;
    let bestBytes = Infinity;
    let larger = 0;
    let path = pathIn(trie, bytes);
    let node = i32[this.rootWord + trie] >>> 0;
    for (let left = DEEPEST; node !== 0; left--) {
      if (left === 0) throw endless(node, LAYER);
      const size = bytesOf(i32, node);
      if (size === bytes) return node;
      if (size > bytes && size < bestBytes) {
        best = node;
        bestBytes = size;
      }
      const high = i32[(node >>> 2) + LOW + 1] >>> 0;
      if (path >= 0 && high !== 0) larger = high;
      node = i32[(node >>> 2) + LOW + (path >>> 31)] >>> 0;
      path <<= 1;
    }
    return this.smallestBelow(larger, best, bytes);
  }

  /** The smallest of `best` and the blocks of at least `bytes` on the lowest path from `node` down. */
  private smallestBelow(node: number, best: number, bytes: number): number {
    const { i32 } = this.memory;
    let bestBytes = best === 0 ? Infinity : bytesOf(i32, best);
    let left = DEEPEST;
    for (let at = node; at !== 0; at = (i32[(at >>> 2) + LOW] || i32[(at >>> 2) + LOW + 1]) >>> 0) {
      if (left-- === 0) throw endless(at, LAYER);
      const size = bytesOf(i32, at);
      if (size < bytes || size >= bestBytes) continue;
      best = at;
      bestBytes = size;
    }
    return best;
  }

  clear(): void {
    this.memory.i32.fill(0, this.mapWord, this.rootWord + TRIES);
  }

  walk(visit: (block: number) => void): void {
    for (let trie = 0; trie < TRIES; trie++) this.walkBelow(this.memory.i32[this.rootWord + trie] >>> 0, visit);
  }

  private walkBelow(node: number, visit: (block: number) => void): void {
    if (node === 0) return;
    const { i32 } = this.memory;
    let left = longestList(this.memory);
    for (let member = node; ; ) {
      if (left-- === 0) throw endless(member, LAYER);
      visit(member);
      member = i32[(member >>> 2) + NEXT] >>> 0;
      if (member === node) break;
    }
    this.walkBelow(i32[(node >>> 2) + LOW] >>> 0, visit);
    this.walkBelow(i32[(node >>> 2) + LOW + 1] >>> 0, visit);
  }

  /** Map and roots agree; every node lies on the path of its size, its ring holds its size only and links lead back. */
  check(): void {
    for (let trie = 0; trie < TRIES; trie++) {
      const root = this.memory.i32[this.rootWord + trie] >>> 0;
      const marked = ((this.memory.i32[this.mapWord] >>> trie) & 1) === 1;
      if (marked !== (root !== 0)) throw new HeapCorruptionError(root, LAYER, `trie ${trie} and the map disagree`);
      if (root !== 0) this.checkBelow(root, root, trie, 0, 0);
    }
  }

  /** @param prefix the top `depth` bits of every path below `node` */
  private checkBelow(node: number, parent: number, trie: number, depth: number, prefix: number): void {
    const { i32 } = this.memory;
    const refuse = (found: string): never => {
      throw new HeapCorruptionError(node, LAYER, found);
    };
    const w = node >>> 2;
    const bytes = bytesOf(i32, node);
    if (i32[w + PARENT] >>> 0 !== parent) refuse(`its parent should be ${parent}`);
    if (bytes < SMALL_LIMIT || trieFor(bytes) !== trie) refuse(`${bytes} bytes in trie ${trie}`);
    if (depth > 0 && pathIn(trie, bytes) >>> (32 - depth) !== prefix) refuse(`${bytes} bytes off their path, at depth ${depth}`);
    for (let member = i32[w + NEXT] >>> 0; member !== node; member = i32[(member >>> 2) + NEXT] >>> 0) {
      if (bytesOf(i32, member) !== bytes || i32[(member >>> 2) + PARENT] !== 0) refuse(`${member} in the ring of ${bytes} bytes`);
      if (i32[(i32[(member >>> 2) + PREVIOUS] >>> 2) + NEXT] >>> 0 !== member) refuse(`the ring does not lead back from ${member}`);
    }
    for (const side of [0, 1]) {
      const child = i32[w + LOW + side] >>> 0;
      if (child !== 0) this.checkBelow(child, node, trie, depth + 1, ((prefix << 1) | side) >>> 0);
    }
  }
}
