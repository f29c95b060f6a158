/**
 * Classes at even distances within each doubling (as in jemalloc, Evans 2006, and mimalloc, Leijen et al. 2019): so every
 * size is a small integer times a power of two, and blocks of a large class are well aligned.
 */
import { ascending, multipleOf, powerOfTwo } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";
import { table } from "./table.js";

export interface SteppedSizes {
  /** Size of the first class in bytes, a power of two. */
  readonly smallest: number;
  /** Size of the last class in bytes, a multiple of `smallest`. */
  readonly largest: number;
  /** Classes from one power of two to the next, a power of two. */
  readonly steps: number;
}

/**
 * Multiples of `smallest` up to `2 * steps` of them; from there on, `steps` classes between one power of two and the
 * next. A request of `n` bytes wastes less than `max(smallest, n / steps)`.
 * @throws RangeError for sizes that are not as {@link SteppedSizes} says, or too far apart for {@link table}
 */
export function stepped({ smallest, largest, steps }: SteppedSizes): SizeClasses {
  powerOfTwo("smallest", smallest);
  powerOfTwo("steps", steps);
  multipleOf("largest", largest, smallest);
  ascending(smallest, largest);
  const sizes: number[] = [];
  for (let bytes = smallest, step = smallest; bytes < largest; bytes += step) {
    sizes.push(bytes);
    if (bytes === 2 * steps * step) step *= 2;
  }
  return table([...sizes, largest]);
}
