/** Classes at even distances: little waste, many classes. */
import { multipleOf, size } from "./parameters.js";
import type { SizeClasses } from "./size-classes.js";

/**
 * Classes of `step`, `2 * step`, ... `largest` bytes. A request above 0 wastes less than `step`.
 * @throws RangeError unless both are integers from 1 to 2^31 and `largest` is a multiple of `step`
 */
export function linear(step: number, largest: number): SizeClasses {
  size("step", step);
  multipleOf("largest", largest, step);
  return new Even(step, largest);
}

class Even implements SizeClasses {
  readonly count: number;

  constructor(
    private readonly step: number,
    readonly maximum: number,
  ) {
    this.count = maximum / step;
  }

  classOf(bytes: number): number {
    return bytes === 0 ? 0 : Math.floor((bytes - 1) / this.step);
  }

  bytesOf(sizeClass: number): number {
    return (sizeClass + 1) * this.step;
  }
}
