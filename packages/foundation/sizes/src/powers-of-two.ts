/** Classes that double: few of them, no table, up to half of a block wasted. */
import { ascending, powerOfTwo } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";

/**
 * Classes of `smallest`, `2 * smallest`, ... `largest` bytes. A request above `smallest` wastes less than itself.
 * @throws RangeError unless both are powers of two, up to 2^31, in ascending order
 */
export function powersOfTwo(smallest: number, largest: number): SizeClasses {
  powerOfTwo("smallest", smallest);
  powerOfTwo("largest", largest);
  ascending(smallest, largest);
  return new Doubling(smallest, largest);
}

class Doubling implements SizeClasses {
  readonly count: number;
  private readonly shift: number;

  constructor(
    private readonly smallest: number,
    readonly maximum: number,
  ) {
    this.shift = Math.log2(smallest);
    this.count = Math.log2(maximum) - this.shift + 1;
  }

  classOf(bytes: number): number {
    return bytes <= this.smallest ? 0 : 32 - Math.clz32(bytes - 1) - this.shift;
  }

  bytesOf(sizeClass: number): number {
    return this.smallest * 2 ** sizeClass;
  }
}
