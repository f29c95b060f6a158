/**
 * Classes of any sizes, looked up: one entry for each multiple of the largest power of two that divides all sizes,
 * since between two such multiples the class cannot change.
 */
import { size } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";

/** Largest number of look-up entries: 8 MiB. More is a sign of a wrong size in the list. */
const LARGEST_TABLE = 2 ** 22;
const MOST_CLASSES = 2 ** 16;

/**
 * Classes of exactly these sizes.
 * @param sizes in bytes, ascending, each an integer from 1 to 2^31. The look-up table has an entry of two bytes for each
 *   multiple of their largest common power of two up to the last
 * @throws RangeError for other sizes, for none, for more than 65,536, or when the table would have more than 2^22 entries
 */
export function table(sizes: readonly number[]): SizeClasses {
  if (!Array.isArray(sizes)) throw new RangeError("sizes must be an array of numbers");
  if (sizes.length === 0 || sizes.length > MOST_CLASSES) {
    throw new RangeError(`a table needs 1 to ${MOST_CLASSES} sizes, not ${sizes.length}`);
  }
  for (const [i, bytes] of sizes.entries()) {
    if (size(`sizes[${i}]`, bytes) <= (sizes[i - 1] ?? 0)) throw new RangeError(`sizes[${i}], ${bytes}, must be above sizes[${i - 1}], ${sizes[i - 1]}`);
  }
  return new LookUp(sizes);
}

class LookUp implements SizeClasses {
  readonly count: number;
  readonly maximum: number;
  private readonly shift: number;
  private readonly round: number;
  private readonly classes: Uint16Array;
  private readonly sizes: Float64Array;

  constructor(sizes: readonly number[]) {
    this.count = sizes.length;
    this.maximum = sizes[this.count - 1];
    this.shift = commonShift(sizes);
    this.round = ((1 << this.shift) - 1) >>> 0; // a power would be a double, and so would sums with it
    this.sizes = Float64Array.from(sizes);
    const entries = this.maximum / 2 ** this.shift + 1;
    if (entries > LARGEST_TABLE) throw new RangeError(`the look-up table would have ${entries} entries, more than ${LARGEST_TABLE}`);
    this.classes = new Uint16Array(entries);
    for (let entry = 0, sizeClass = 0; entry < entries; entry++) {
      if (entry * 2 ** this.shift > sizes[sizeClass]) sizeClass++;
      this.classes[entry] = sizeClass;
    }
  }

  classOf(bytes: number): number {
    return this.classes[(bytes + this.round) >>> this.shift];
  }

  bytesOf(sizeClass: number): number {
    return this.sizes[sizeClass];
  }
}

/** Exponent of the largest power of two that divides all sizes. */
function commonShift(sizes: readonly number[]): number {
  const bits = sizes.reduce((all, bytes) => all | bytes, 0);
  return 31 - Math.clz32(bits & -bits);
}
