/**
 * The truth about every address: two bits for each 16 bytes of the heap, in the header, where no block can overwrite them.
 * They say whether a block starts there and what has become of it, and every change is a compare-and-swap. So of two
 * threads that free the same block at once one succeeds, and no byte that a program can write makes a block of an address.
 *
 * Transitions: none -> live (allocate); live -> withdrawn (one thread has the block in hand, to free or to resize it);
 * withdrawn -> live, -> quarantined or -> none; quarantined -> withdrawn (taken out). A damaged block stays withdrawn. So
 * does the block that a thread had in hand when it was killed.
 */
import type { Memory, Root } from "@heapwright/core";

/** What starts at an address. */
export type Mark = "none" | "live" | "quarantined" | "withdrawn";

const MARKS: readonly Mark[] = ["none", "live", "quarantined", "withdrawn"];
const CODES: Readonly<Record<Mark, number>> = { none: 0, live: 1, quarantined: 2, withdrawn: 3 };

/** Blocks start at multiples of this many bytes. */
export const GRANULE = 16;
/** Bytes of heap that one word tells about. */
const BYTES_PER_WORD = 16 * GRANULE;

export class BlockMarks {
  private readonly memory: Memory;
  /** Index of the word that would tell about address 0. */
  private readonly words: number;

  constructor(root: Root) {
    const { base, maximumBytes } = root.memory;
    this.memory = root.memory;
    const first = Math.floor(base / BYTES_PER_WORD);
    const count = Math.ceil(maximumBytes / BYTES_PER_WORD) - first;
    this.words = (root.claim("BlockMarks", count * 4, 128) >>> 2) - first;
  }

  /** @param address anything from 0 to 2^32 - 1 */
  at(address: number): Mark {
    if (address % GRANULE !== 0 || address < this.memory.base || address >= this.memory.maximumBytes) return "none";
    return MARKS[(this.memory.load(this.wordOf(address)) >>> shiftOf(address)) & 3];
  }

  /** @returns whether the mark was `from` and is now `to`; of several threads that try, one is told so */
  change(address: number, from: Mark, to: Mark): boolean {
    const w = this.wordOf(address);
    const shift = shiftOf(address);
    for (;;) {
      const seen = this.memory.load(w);
      if (((seen >>> shift) & 3) !== CODES[from]) return false;
      // Success publishes what the block is from now on. Failure: it, or a neighbour, has changed; look again.
      if (this.memory.cas(w, seen, (seen & ~(3 << shift)) | (CODES[to] << shift))) return true;
    }
  }

  /** The lowest address from `from` up to `end` where a block is marked, or 0. Racy. */
  next(from: number, end: number): number {
    let w = this.wordOf(from);
    const last = this.wordOf(end - 1);
    // marks of the first word that lie below `from` do not count
    for (let seen = this.memory.racyLoad(w) & (-1 << shiftOf(from)); ; seen = this.memory.racyLoad(w)) {
      if (seen !== 0) {
        const found = (w - this.words) * BYTES_PER_WORD + ((31 - Math.clz32(seen & -seen)) >>> 1) * GRANULE;
        return found < end ? found : 0;
      }
      if (++w > last) return 0;
    }
  }

  /** The highest address up to `address` where a block is marked, or 0. Racy. */
  lastUpTo(address: number): number {
    const first = this.wordOf(this.memory.base);
    let w = this.wordOf(address);
    const above = 30 - shiftOf(address);
    for (let seen = (this.memory.racyLoad(w) << above) >>> above; ; seen = this.memory.racyLoad(w)) {
      if (seen !== 0) return (w - this.words) * BYTES_PER_WORD + ((31 - Math.clz32(seen)) >>> 1) * GRANULE;
      if (--w < first) return 0;
    }
  }

  /** Calls `visit` with every marked address below `end`, ascending. Racy. */
  forEach(end: number, visit: (address: number) => void): void {
    for (let at = this.next(this.memory.base, end); at !== 0; at = at + GRANULE < end ? this.next(at + GRANULE, end) : 0) visit(at);
  }

  private wordOf(address: number): number {
    return this.words + Math.floor(address / BYTES_PER_WORD);
  }
}

/** Where in its word the mark of an address stands. */
function shiftOf(address: number): number {
  return ((address >>> 4) & 15) * 2;
}
