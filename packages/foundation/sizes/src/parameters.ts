/** Checks of what the builders are given. */

/** Largest size of a class: what the arithmetic on 32-bit integers allows. */
const LARGEST_SIZE = 2 ** 31;

/** @throws RangeError when `value` is no integer from 1 to {@link LARGEST_SIZE} */
export function size(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > LARGEST_SIZE) {
    throw new RangeError(`${name} must be an integer from 1 to ${LARGEST_SIZE}, not ${shown(value)}`);
  }
  return value;
}

/** What is given may be anything: a symbol is no text by itself, and of an object no code is run. */
export function shown(value: unknown): string {
  return Object(value) === value ? `a value of type ${typeof value}` : String(value);
}

/** @throws RangeError when `value` is no {@link size} and a multiple of `of` */
export function multipleOf(name: string, value: number, of: number): number {
  if (size(name, value) % of !== 0) throw new RangeError(`${name} must be a multiple of ${of}, not ${value}`);
  return value;
}

/** @throws RangeError when `value` is no {@link size} and a power of two */
export function powerOfTwo(name: string, value: number): number {
  if (2 ** Math.floor(Math.log2(size(name, value))) !== value) throw new RangeError(`${name} must be a power of two, not ${value}`);
  return value;
}

/** @throws RangeError when `smallest` is above `largest` */
export function ascending(smallest: number, largest: number): void {
  if (smallest > largest) throw new RangeError(`smallest, ${smallest}, must not be above largest, ${largest}`);
}
