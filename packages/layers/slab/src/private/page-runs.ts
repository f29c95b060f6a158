/**
 * The runs of units that a page is cut into, as the words of its units say, for those who look at pages of any thread: each word is
 * read once, so that whatever the owner does meanwhile, every byte is in one run.
 */
import type { Memory } from "@heapwright/core";
import { classOf, FIRST_UNIT_START, FREE_UNIT, startOf, UNIT_BYTES, UNITS, WHOLE_PAGE_START } from "./private-layout.js";

export interface Run {
  /** Start of its first unit. */
  readonly first: number;
  /** Units. */
  readonly count: number;
  /** Its first byte that is not the page's header, and the first one behind it. */
  readonly start: number;
  readonly end: number;
  readonly value: number;
  readonly sizeClass: number;
  /** Whether it does not begin where its units say: a death while one was formed, or a look at that moment. Otherwise as good as free. */
  readonly stray: boolean;
}

/** In order; free units side by side are one. */
export function runsOf(memory: Memory, page: number): Run[] {
  const runs: Run[] = [];
  const values = Array.from({ length: UNITS }, (_, unit) => memory.racyLoad((page >>> 2) + unit));
  const header = page + headerBytes(values[0]);
  for (let unit = 0; unit < UNITS; ) {
    const value = values[unit];
    let next = unit + 1;
    while (next < UNITS && ((values[next] ^ value) & 0xfff0) === 0) next++;
    const first = page + unit * UNIT_BYTES;
    const start = Math.max(first, header);
    const stray = value !== FREE_UNIT && startOf(page, value) !== start;
    runs.push({ first, count: next - unit, start, end: page + next * UNIT_BYTES, value, sizeClass: classOf(value), stray });
    unit = next;
  }
  return runs;
}

/** Bytes of the header of a page whose first unit has this word. */
export function headerBytes(unit: number): number {
  return startOf(0, unit) === WHOLE_PAGE_START ? WHOLE_PAGE_START : FIRST_UNIT_START;
}
