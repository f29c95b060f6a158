/**
 * One list per exact size below 256 bytes, and a map with a bit per list that is not empty, so that the smallest block
 * that fits is found by two bit operations (Lea's malloc). Bins are 8 bytes apart as there; with blocks in units of 16
 * bytes every other one stays empty.
 */
import { HeapCorruptionError, i32, struct, words, type Memory, type Root } from "@heapwright/core";
import { bytesOf } from "./block-tags.js";
import { linkAfter, unlink, walkList } from "./block-list.js";

const BINS = 32;
const BIN_SHIFT = 3;

/** Blocks of this size and more are not small. */
export const SMALL_LIMIT = BINS << BIN_SHIFT;

export const SMALL_BINS = struct("SmallBins", {
  /** bit b: bin b holds a block; under the heap's lock, as below */
  map: i32(),
  /** bin b: the block of 8 * b bytes that was freed last, or 0 */
  first: words(BINS),
});

const LAYER = "small bins";

export class SmallBins {
  private readonly memory: Memory;
  private readonly mapWord: number;
  private readonly binWord: number;

  constructor(root: Root) {
    this.memory = root.memory;
    const w = root.claimStruct(SMALL_BINS) >>> 2;
    this.mapWord = w + SMALL_BINS.map;
    this.binWord = w + SMALL_BINS.first;
  }

  insert(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const bin = bytes >>> BIN_SHIFT;
    linkAfter(i32, this.binWord + bin, 0, block);
    i32[this.mapWord] |= 1 << bin;
  }

  remove(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const bin = bytes >>> BIN_SHIFT;
    unlink(i32, this.binWord + bin, block);
    if (i32[this.binWord + bin] === 0) i32[this.mapWord] &= ~(1 << bin);
  }

  /** Takes out the block of exactly `bytes`, a small size, that was freed last; 0 when there is none. */
  takeExact(bytes: number): number {
    const block = this.memory.i32[this.binWord + (bytes >>> BIN_SHIFT)] >>> 0;
    if (block !== 0) this.remove(block, bytes);
    return block;
  }

  /** The smallest small block of at least `bytes`, or 0. It stays in. */
  find(bytes: number): number {
    const bin = (bytes + 7) >>> BIN_SHIFT;
    if (bin >= BINS) return 0;
    const { i32 } = this.memory;
    const fitting = i32[this.mapWord] & (-1 << bin);
    return fitting === 0 ? 0 : i32[this.binWord + 31 - Math.clz32(fitting & -fitting)] >>> 0;
  }

  clear(): void {
    this.memory.i32.fill(0, this.mapWord, this.binWord + BINS);
  }

  walk(visit: (block: number) => void): void {
    for (let bin = 0; bin < BINS; bin++) walkList(this.memory, this.binWord + bin, LAYER, visit);
  }

  check(): void {
    const { i32 } = this.memory;
    for (let bin = 0; bin < BINS; bin++) {
      const marked = ((i32[this.mapWord] >>> bin) & 1) === 1;
      if (marked !== (i32[this.binWord + bin] !== 0)) throw new HeapCorruptionError(bin, LAYER, `bin ${bin} and the map disagree`);
      walkList(this.memory, this.binWord + bin, LAYER, (block) => {
        if (bytesOf(i32, block) >>> BIN_SHIFT !== bin) throw new HeapCorruptionError(block, LAYER, `${bytesOf(i32, block)} bytes in bin ${bin}`);
      });
    }
  }
}
