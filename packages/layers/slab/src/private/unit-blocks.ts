/**
 * Blocks of whole units: too large for slabs, too small for pages of their own. The live bit of the first unit says that one is live.
 * In the first unit of a page, a block begins behind the page's header, if at first it needs no more units there than elsewhere.
 */
import type { Memory } from "@heapwright/core";
import type { OwnedPages } from "./owned-pages.js";
import { FIRST_UNIT_START, liveWord, LONG_WAY, UNIT_BYTES, unitOf, UNITS, unitValue, WHOLE_UNITS } from "./private-layout.js";

/** Of the largest request: all of a page but the unit with its header. What a block leaves of its page, slabs and other blocks have. */
export const LARGEST_UNITS = UNITS - 1;

/** What the end of a page's header is a multiple of. */
const HEADER_ALIGNMENT = FIRST_UNIT_START & -FIRST_UNIT_START;

export class UnitBlocks {
  constructor(
    private readonly memory: Memory,
    private readonly pages: OwnedPages,
  ) {}

  /**
   * A block in a page of this thread's; 0 when there is no room.
   * @param alignment a power of two up to half a page
   * @param looks open pages of each list that are looked at
   */
  allocate(bytes: number, alignment: number, looks: number): number {
    const count = unitsFor(bytes);
    const from = alignment <= HEADER_ALIGNMENT && unitsFor(FIRST_UNIT_START + bytes) === count ? 0 : 1;
    const first = this.pages.cut(count, from, alignment >>> 12 || 1, looks);
    if (first === 0) return 0;
    const block = unitOf(first) === 0 ? first + FIRST_UNIT_START : first;
    this.pages.form(first, count, valueOf(block));
    this.memory.i32[liveWord(block)] = 1;
    return block;
  }

  /** Frees a live block of a page of this thread's. @returns whether others of its units are in use */
  free(block: number): boolean {
    this.memory.i32[liveWord(block)] = 0;
    return this.pages.free(block, this.pages.length(block));
  }

  /** Shortens a live block of this thread's, or lengthens it into free units behind it. */
  resize(block: number, bytes: number): boolean {
    const count = unitsFor(before(block) + bytes);
    const have = this.pages.length(block);
    if (count < have) this.pages.free(block + count * UNIT_BYTES, have - count);
    if (count <= have) return true;
    if (unitOf(block) + count > UNITS) return false;
    return this.pages.extend(block + have * UNIT_BYTES, count - have, valueOf(block));
  }
}

function unitsFor(bytes: number): number {
  return (bytes + UNIT_BYTES - 1) >>> 12 || 1;
}

/** Bytes of a block's first unit that are not its own. */
function before(block: number): number {
  return block & (UNIT_BYTES - 1);
}

function valueOf(block: number): number {
  return unitValue(block, LONG_WAY, WHOLE_UNITS);
}
