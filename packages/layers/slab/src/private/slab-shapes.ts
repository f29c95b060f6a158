/** The arithmetic of slabs: per size class, what a bit stands for, where blocks begin, and how long a slab is at first. */
import { stepped } from "@heapwright/sizes";
import { UNIT_BIT_WORDS, UNIT_BYTES, UNITS } from "./private-layout.js";

/** Classes from one power of two to the next. */
const STEPS = 4;
const SMALLEST = 16;
/** Words of live bits of a page. */
const WORDS = UNITS * UNIT_BIT_WORDS;
/** First slabs are as short as they can be with at most this part of them left over. */
const LARGEST_WASTE = 1 / 8;

export class SlabShapes {
  readonly count: number;
  /** Largest request that has a class. */
  readonly maximum: number;
  /** `classes[(bytes + 15) >>> 4]` is the class of a request. */
  readonly classes: Uint8Array;
  /** Per class: bytes of a block. */
  readonly blockBytes: Int32Array;
  /** Per class: log2 of the bytes that a bit stands for. */
  readonly shifts: Int32Array;
  /** Per class: bits from one block to the next. */
  readonly strides: Int32Array;
  /** Per class: units of the first slab. */
  readonly leastUnits: Int32Array;
  /** For a stride and the number of a word: its bits at which blocks begin. A table, since a division costs as much as the rest of an allocation. */
  private readonly patterns: Int32Array;

  /** @param largest size of the largest class, a power of two from 128 to 16384 */
  constructor(largest: number) {
    const sizes = stepped({ smallest: SMALLEST, largest, steps: STEPS });
    this.count = sizes.count;
    this.maximum = sizes.maximum;
    this.classes = Uint8Array.from({ length: largest / SMALLEST + 1 }, (_, i) => sizes.classOf(i * SMALLEST));
    this.blockBytes = Int32Array.from({ length: sizes.count }, (_, c) => sizes.bytesOf(c));
    this.shifts = this.blockBytes.map((bytes) => Math.max(4, 31 - Math.clz32(bytes - 1) - Math.log2(STEPS)));
    this.strides = this.blockBytes.map((bytes, c) => bytes >>> this.shifts[c]);
    this.leastUnits = this.blockBytes.map(leastUnits);
    this.patterns = patterns();
  }

  /** Blocks of a slab of class `c` whose first block begins at `start` and whose last unit ends at `end`. */
  capacity(c: number, start: number, end: number): number {
    return Math.floor((end - start) / this.blockBytes[c]);
  }

  /** Bits of the live words of a slab with so many blocks. */
  bits(c: number, capacity: number): number {
    return capacity * this.strides[c];
  }

  /** Of a slab with so many bits, those of word `k` at which one of its blocks begins. */
  starts(c: number, k: number, bits: number): number {
    const left = bits - k * 32;
    const all = this.patterns[this.strides[c] * WORDS + k];
    return left >= 32 ? all : left <= 0 ? 0 : all & ~(-1 << left);
  }

  /** The class whose blocks hold `bytes` and are multiples of `alignment`, up to 128; -1 when there is none. */
  alignedClass(bytes: number, alignment: number): number {
    if (bytes > this.maximum || alignment > 128) return -1;
    let c = this.classes[(bytes + 15) >>> 4];
    while (c < this.count && this.blockBytes[c] % alignment !== 0) c++;
    return c < this.count ? c : -1;
  }
}

function leastUnits(bytes: number): number {
  for (let units = 1; ; units++) {
    const room = units * UNIT_BYTES;
    if (room >= bytes && room % bytes <= room * LARGEST_WASTE && units < UNITS) return units;
  }
}

function patterns(): Int32Array {
  const table = new Int32Array((2 * STEPS + 1) * WORDS);
  for (let stride = 1; stride <= 2 * STEPS; stride++) {
    for (let bit = 0; bit < WORDS * 32; bit += stride) table[stride * WORDS + (bit >>> 5)] |= 1 << bit;
  }
  return table;
}
