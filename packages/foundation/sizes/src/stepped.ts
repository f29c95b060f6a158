/**
 * Classes at even distances within each doubling (as in jemalloc, Evans 2006, and mimalloc, Leijen et al. 2019): so every
 * size is a small integer times a power of two, and blocks of a large class are well aligned.
 */
import { ascending, multipleOf, powerOfTwo } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";

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
 * @throws RangeError for sizes that are not as {@link SteppedSizes} says
 */
export function stepped(sizes: SteppedSizes): SizeClasses {
  // a copy, which null has, too, so that what is missing is refused by name
  const { steps, smallest, largest } = { ...sizes };
  powerOfTwo("smallest", smallest);
  powerOfTwo("steps", steps);
  multipleOf("largest", largest, smallest);
  ascending(smallest, largest);
  return new Stepped(smallest, largest, steps);
}

class Stepped implements SizeClasses {
  readonly count: number;

  constructor(
    private readonly smallest: number,
    readonly maximum: number,
    private readonly steps: number,
  ) {
    this.count = this.classOf(maximum) + 1;
  }

  classOf(bytes: number): number {
    const before = Math.floor((Math.max(bytes, 1) - 1) / this.smallest);
    const doublings = Math.clz32(this.steps) - Math.clz32(before | this.steps);
    return doublings * this.steps + (before >>> doublings);
  }

  bytesOf(sizeClass: number): number {
    const doublings = Math.max(0, Math.floor(sizeClass / this.steps) - 1);
    return Math.min(this.maximum, (sizeClass - doublings * this.steps + 1) * 2 ** doublings * this.smallest);
  }
}
