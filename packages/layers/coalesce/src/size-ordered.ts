/**
 * Best fit: free blocks in ascending size, the one that came last first among equals, the policy of FreeRTOS heap_2.
 * What is left of a block is filed anew by its own size; leaving it in the old block's place would break the order.
 *
 * The list of heap_2 is searched from its small end, past all that is too small; without merging these become so many
 * that nothing else is done. So it is kept in sections: one for each of the smaller sizes, sixteen for each power of two
 * above, and a map with a bit for each that holds a block. Which block serves a request is the same.
 */
import { HeapCorruptionError, struct, words, type Memory, type Root } from "@heapwright/core";
import { bytesOf, UNIT } from "./block-tags.js";
import { endless, linkAfter, longestList, nextOf, unlink, walkList } from "./block-list.js";
import type { FreeIndex } from "./free-index.js";

/** Sizes below so many units have sections of their own. */
const EXACT = 64;
const EXACT_BITS = 6;
const STEPS_LOG2 = 4;
/** A block has at most 2^28 units. */
const SECTIONS = EXACT + ((28 - EXACT_BITS) << STEPS_LOG2);
const MAP_WORDS = Math.ceil(SECTIONS / 32);

export const SIZE_ORDERED = struct("SizeOrdered", {
  /** bit s: section s holds a block; under the heap's lock, as below */
  map: words(MAP_WORDS),
  /** section s: its smallest free block, the latest among equals, or 0 */
  first: words(SECTIONS),
});

const LAYER = "size-ordered list";

export class SizeOrdered implements FreeIndex {
  readonly minimumBytes = 16;
  private readonly memory: Memory;
  private readonly mapWord: number;
  private readonly firstWord: number;

  constructor(root: Root) {
    this.memory = root.memory;
    const w = root.claimStruct(SIZE_ORDERED) >>> 2;
    this.mapWord = w + SIZE_ORDERED.map;
    this.firstWord = w + SIZE_ORDERED.first;
  }

  insert(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const section = sectionOf(bytes);
    const head = this.firstWord + section;
    let previous = 0;
    let next = i32[head] >>> 0;
    let left = longestList(this.memory);
    while (next !== 0 && bytesOf(i32, next) < bytes) {
      if (left-- === 0) throw endless(next, LAYER);
      previous = next;
      next = nextOf(i32, next);
    }
    linkAfter(i32, head, previous, block);
    i32[this.mapWord + (section >>> 5)] |= 1 << section;
  }

  remove(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const section = sectionOf(bytes);
    unlink(i32, this.firstWord + section, block);
    if (i32[this.firstWord + section] === 0) i32[this.mapWord + (section >>> 5)] &= ~(1 << section);
  }

  resize(block: number, from: number, to: number): void {
    this.remove(block, from);
    this.insert(block, to);
  }

  take(bytes: number): number {
    const { i32 } = this.memory;
    const section = sectionOf(bytes);
    let block = i32[this.firstWord + section] >>> 0;
    let left = longestList(this.memory);
    for (; block !== 0 && bytesOf(i32, block) < bytes; block = nextOf(i32, block)) if (left-- === 0) throw endless(block, LAYER);
    if (block === 0) block = this.firstFrom(section + 1);
    if (block !== 0) this.remove(block, bytesOf(i32, block));
    return block;
  }

  /** The smallest block of this section and all above; 0 when there is none. */
  private firstFrom(section: number): number {
    const { i32 } = this.memory;
    let kept = -1 << section;
    for (let word = section >>> 5; word < MAP_WORDS; word++) {
      const bits = i32[this.mapWord + word] & kept;
      if (bits !== 0) return i32[this.firstWord + word * 32 + 31 - Math.clz32(bits & -bits)] >>> 0;
      kept = -1;
    }
    return 0;
  }

  clear(): void {
    this.memory.i32.fill(0, this.mapWord, this.firstWord + SECTIONS);
  }

  walk(visit: (block: number) => void): void {
    for (let section = 0; section < SECTIONS; section++) walkList(this.memory, this.firstWord + section, LAYER, visit);
  }

  check(): void {
    const { i32 } = this.memory;
    for (let section = 0; section < MAP_WORDS * 32; section++) {
      const marked = (i32[this.mapWord + (section >>> 5)] & (1 << section)) !== 0;
      const first = section < SECTIONS ? i32[this.firstWord + section] >>> 0 : 0;
      if (marked !== (first !== 0)) throw new HeapCorruptionError(first, LAYER, `the map is wrong about section ${section}`);
      if (first !== 0) this.checkSection(section);
    }
  }

  private checkSection(section: number): void {
    let before = 0;
    walkList(this.memory, this.firstWord + section, LAYER, (block, bytes) => {
      if (sectionOf(bytes) !== section) throw new HeapCorruptionError(block, LAYER, `${bytes} bytes in section ${section}`);
      if (bytes < before) throw new HeapCorruptionError(block, LAYER, `out of order: ${bytes} bytes behind ${before}`);
      before = bytes;
    });
  }
}

/** Section of the blocks of `bytes`, a multiple of 16: ascending, as the sizes are. */
function sectionOf(bytes: number): number {
  const units = bytes / UNIT;
  if (units < EXACT) return units;
  const power = 31 - Math.clz32(units);
  return EXACT + ((power - EXACT_BITS) << STEPS_LOG2) + ((units >>> (power - STEPS_LOG2)) & ((1 << STEPS_LOG2) - 1));
}
