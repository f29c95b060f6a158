/** What a page's word of free units says, a bit for each. */
import { UNITS } from "./private-layout.js";

export const ALL_UNITS = (1 << UNITS) - 1;

/** The lowest unit, from `from` on, at a multiple of `multiple`, a power of two, from which `count` units are free; -1 when there is none. */
export function findRun(free: number, count: number, from: number, multiple: number): number {
  let runs = free;
  let length = 1;
  for (; length * 2 <= count; length *= 2) runs &= runs >>> length;
  runs &= (runs >>> (count - length)) & (-1 << from);
  for (; runs !== 0; runs &= runs - 1) {
    const unit = 31 - Math.clz32(runs & -runs);
    if ((unit & (multiple - 1)) === 0) return unit;
  }
  return -1;
}

/** Units of the longest run of free ones, found digit by digit from the highest on. */
export function longestRun(free: number): number {
  if (free === ALL_UNITS) return UNITS;
  // where so many free units begin
  const two = free & (free >>> 1);
  const four = two & (two >>> 2);
  const eight = four & (four >>> 4);
  let length = eight === 0 ? 0 : 8;
  let starts = eight || ALL_UNITS;
  let longer = starts & (four >>> length);
  if (longer !== 0) {
    length += 4;
    starts = longer;
  }
  longer = starts & (two >>> length);
  if (longer !== 0) {
    length += 2;
    starts = longer;
  }
  return (starts & (free >>> length)) === 0 ? length : length + 1;
}

/** The bits of `count` units from `unit` on. */
export function maskOf(unit: number, count: number): number {
  return ((1 << count) - 1) << unit;
}
