/**
 * Classes that grow by a factor, so that waste is bounded by a fraction of the request, as in Hoard (Berger et al.,
 * ASPLOS 2000, section 3, where the factor is b = 1.2).
 */
import { ascending, multipleOf, shown, size } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";
import { table } from "./table.js";

export interface GeometricSizes {
  /** Size of the first class in bytes, a multiple of `multiple`. */
  readonly smallest: number;
  /** Size of the last class in bytes, a multiple of `multiple`. */
  readonly largest: number;
  /** Factor from one class to the next, above 1. */
  readonly base: number;
  /** All sizes are multiples of this many bytes. */
  readonly multiple: number;
}

/**
 * Each class is `base` times the one before, rounded *down* to a multiple, but at least one multiple more. So a
 * request of `n` bytes, `n` above `smallest`, wastes less than `max(multiple, (base - 1) * n)`.
 * @throws RangeError for sizes that are not as {@link GeometricSizes} says, or too far apart for {@link table}
 */
export function geometric(sizes: GeometricSizes): SizeClasses {
  // a copy, which null has, too, so that what is missing is refused by name
  const { smallest, largest, base, multiple } = { ...sizes };
  size("multiple", multiple);
  multipleOf("smallest", smallest, multiple);
  multipleOf("largest", largest, multiple);
  ascending(smallest, largest);
  if (!(Number.isFinite(base) && base > 1)) throw new RangeError(`base must be a finite number above 1, not ${shown(base)}`);
  const all: number[] = [];
  for (let bytes = smallest; bytes < largest; ) {
    all.push(bytes);
    bytes = Math.max(bytes + multiple, Math.floor((bytes * base) / multiple) * multiple);
  }
  return table([...all, largest]);
}
