/**
 * What a thread keeps: for each class a list of free blocks, linked through their first words, and how many; and a few
 * words for the addresses of a batch on its way to or from the layer below. All of it in the heap, so that it can be
 * taken back when the thread dies.
 *
 * The second word of a block that is kept holds its own address, changed in a way that no program is likely to write. A
 * free that finds it looks whether the block is on a list indeed, and that is how a block freed twice is noticed.
 */
import { i32, integerIn, struct, type Blocks, type Classes } from "@heapwright/core";
import { PRIVATE_LIST } from "@heapwright/freelist";

/** A {@link PRIVATE_LIST} for each class follows, and then the words of the largest batch, 0 while not in use. */
export const CACHE_ROW = struct("CacheRow", {
  /** not 0 while blocks of the batch are being given back: whose they are is uncertain then. Plain, by the slot's thread */
  giving: i32(),
  /** keeps the lists at even words */
  unused: i32(),
}, { align: 8, bytes: 8 });

export const CACHED_BLOCK = struct("CachedBlock", {
  /** next block kept, or 0; plain, by the thread that keeps it */
  next: i32(),
  /** the block's address, exclusive-or 0x5ca1ab1e; 0 once the block has left the cache */
  mark: i32(),
}, { bytes: 8 });

/** What makes an address a mark. */
export const MARK = 0x5ca1ab1e;

export interface CacheOptions {
  /** At most so many blocks of a class are kept. Default 64. */
  readonly blocksPerClass?: number;
  /** At most so many bytes of a class are kept; classes with blocks above that are not kept at all. Default 32 KiB. */
  readonly bytesPerClass?: number;
}

/** How much of each class is kept and moved at once. */
export class CacheShape {
  readonly blocks: readonly Blocks[];
  /** Per class: bytes of a block. */
  readonly blockBytes: Int32Array;
  /** Per class: blocks kept at most. */
  readonly limits: Int32Array;
  /** Per class: blocks taken and given at once, half of the limit. */
  readonly batches: Int32Array;
  /** Largest batch of any class. */
  readonly batchWords: number;
  /** Largest size that has a class. */
  readonly maximum: number;
  /** `classes[(bytes + roundUp) >>> shift]` is the class of a request. */
  readonly classes: Uint16Array;
  readonly shift: number;
  readonly roundUp: number;

  /** @throws RangeError for options out of range, and for blocks too small to be kept */
  constructor(source: Classes, options: CacheOptions) {
    const blocksPerClass = integerIn("blocksPerClass", options.blocksPerClass ?? 64, 0, 4096);
    const bytesPerClass = integerIn("bytesPerClass", options.bytesPerClass ?? 32768, 0, 2 ** 24);
    this.blocks = Array.from({ length: source.count }, (_, c) => source.blocksOf(c));
    this.blockBytes = Int32Array.from(this.blocks, ({ blockBytes }) => blockBytes);
    const small = this.blockBytes.find((bytes) => bytes < CACHED_BLOCK.bytes);
    if (small !== undefined) throw new RangeError(`blocks of ${small} bytes have no room for link and mark`);
    this.limits = this.blockBytes.map((bytes) => Math.min(blocksPerClass, Math.floor(bytesPerClass / bytes)));
    this.batches = this.limits.map((limit) => Math.max(1, limit >>> 1));
    this.batchWords = Math.max(...this.batches);
    this.maximum = Math.max(...this.blockBytes);
    this.shift = this.blockBytes.reduce((shift, bytes) => Math.min(shift, 31 - Math.clz32(bytes & -bytes)), 4);
    this.roundUp = (1 << this.shift) - 1;
    this.classes = this.table();
  }

  private table(): Uint16Array {
    const classes = new Uint16Array((this.maximum >>> this.shift) + 1);
    for (let i = 0, c = 0; i < classes.length; i++) {
      while (this.blockBytes[c] < i << this.shift) c++;
      classes[i] = c;
    }
    return classes;
  }

  /** Bytes of a row, on cache lines of its own. */
  get rowBytes(): number {
    return Math.ceil((this.batchOffset + this.batchWords * 4) / 128) * 128;
  }

  /** Distance of the list of class `c` from its row. */
  listOffset(c: number): number {
    return CACHE_ROW.bytes + c * PRIVATE_LIST.bytes;
  }

  /** Distance of the batch from its row. */
  get batchOffset(): number {
    return this.listOffset(this.blocks.length);
  }

  /** The most that one thread can keep, in bytes. */
  get maximumKept(): number {
    return this.limits.reduce((sum, limit, c) => sum + limit * this.blockBytes[c], 0);
  }
}
