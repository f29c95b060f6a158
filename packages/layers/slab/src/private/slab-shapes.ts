/**
 * The arithmetic of slabs: per size class, how long blocks are, which of them an address is in, and how long a slab is at first.
 *
 * A division would cost as much as the rest of `free`, so offsets are multiplied by the inverse of the size (Granlund and
 * Montgomery 1994, section 4). With x the offset in 16 bytes, below 2^12, m the size in 16 bytes, and the inverse
 * (2^20 + e) / m where e < m: the product is x / m * 2^20 too large by x * e / m, which is less than the inverse, so it
 * changes no whole number; and the low 20 bits of the product are less than the inverse exactly when x is a multiple of m.
 * That asks for x * e < 2^20, which holds for sizes of up to 4 binary digits, and their multiples by powers of two, up to 8 KiB.
 *
 * Each class with slabs has one that is not full, so the more classes, the more memory for little. Therefore a size that has
 * 4 digits, such as 9 * 64, is at first served by the next class, which has fewer, and gets slabs of its own only when
 * there are many blocks that fit: see `refine` of `Cursors`.
 */
import { stepped, type SizeClasses } from "@heapwright/sizes";
import { UNIT_BYTES, UNITS } from "./private-layout.js";

/** Classes from one power of two to the next; every other one is fine. */
const STEPS = 8;
/** Smallest class, in bytes, and what all are multiples of. */
export const SMALLEST_SLAB_BLOCK = 16;
const SMALLEST = SMALLEST_SLAB_BLOCK;

/** See above; a const enum for the same reason as `Cursor` of cursors.ts. */
export const enum Inverse {
  /** Binary places of the inverse of a size, and so of a product; above them is the number of the block. */
  bits = 20,
  /** Above these is the word of live bits that the block's is in. */
  wordBits = 25,
  /** Bits of a product above its binary places. */
  aboveFraction = 12,
  /** Bits that the distance from a slab's first block to another has not. */
  notABlock = -0x7ffffff1,
}

/** First slabs are as short as they can be with at most this part of them left over. */
const LARGEST_WASTE = 1 / 8;

export class SlabShapes {
  readonly count: number;
  /** Largest request that has a class. */
  readonly maximum: number;
  /** Per class: bytes of a block. */
  readonly blockBytes: Int32Array;
  /** Per class: 2^{@link Inverse.bits} by the size in 16 bytes, rounded up. */
  readonly inverses: Int32Array;
  /** Per class: units of the first slab. */
  readonly leastUnits: Int32Array;
  private readonly sizes: SizeClasses;

  /** @param largest size of the largest class, a power of two from 128 to 16384 */
  constructor(largest: number) {
    const sizes = stepped({ smallest: SMALLEST, largest, steps: STEPS });
    this.sizes = sizes;
    this.count = sizes.count;
    this.maximum = sizes.maximum;
    this.blockBytes = Int32Array.from({ length: sizes.count }, (_, c) => sizes.bytesOf(c));
    this.inverses = this.blockBytes.map((bytes) => Math.ceil((SMALLEST << Inverse.bits) / bytes));
    this.leastUnits = this.blockBytes.map(leastUnits);
  }

  /** Whether class `c` has slabs of its own only when many blocks of the next one fit it. */
  private isFine(c: number): boolean {
    const bytes = this.blockBytes[c];
    return bytes / (bytes & -bytes) > STEPS;
  }

  /** The class that serves a request of up to {@link maximum} bytes as long as no finer one is worth while. */
  usual(bytes: number): number {
    const c = this.sizes.classOf(bytes);
    return this.isFine(c) ? c + 1 : c;
  }

  /** The finer class below class `c` if a request fits it, or `c`. */
  finest(c: number, bytes: number): number {
    return c > 0 && bytes <= this.blockBytes[c - 1] && this.isFine(c - 1) ? c - 1 : c;
  }

  /** The smallest request that a block of class `c` may have been chosen for. */
  leastRequest(c: number): number {
    const below = c > 0 && this.isFine(c - 1) ? c - 2 : c - 1;
    return below < 0 ? 0 : this.blockBytes[below] + 1;
  }

  /** Blocks of a slab of class `c` whose first block begins at `start` and whose last unit ends at `end`. */
  capacity(c: number, start: number, end: number): number {
    return Math.imul((end - start) >>> 4, this.inverses[c]) >>> Inverse.bits;
  }

  /** Of a slab with so many blocks, the bits of live word `k` that stand for one. */
  bits(k: number, capacity: number): number {
    const left = capacity - k * 32;
    return left >= 32 ? -1 : left <= 0 ? 0 : ~(-1 << left);
  }

  /** The number of the block of class `c` that begins so many bytes behind the first one of its slab; -1 when none does. */
  indexAt(c: number, offset: number): number {
    const index = Math.imul(offset >>> 4, this.inverses[c]) >>> Inverse.bits;
    return index * this.blockBytes[c] === offset ? index : -1;
  }

  /** The first class from `c` on whose blocks are multiples of `alignment`, up to 128; -1 when there is none. */
  alignedClass(c: number, alignment: number): number {
    if (alignment > 128) return -1;
    let aligned = c;
    while (aligned < this.count && this.blockBytes[aligned] % alignment !== 0) aligned++;
    return aligned < this.count ? aligned : -1;
  }
}

function leastUnits(bytes: number): number {
  for (let units = 1; ; units++) {
    const room = units * UNIT_BYTES;
    if (room >= bytes && room % bytes <= room * LARGEST_WASTE && units < UNITS) return units;
  }
}
