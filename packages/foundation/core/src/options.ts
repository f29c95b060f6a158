/** Checks of values that users give, each refused by name. */
import { showValue } from "./show-value.js";

/** @returns `value` if it is an integer from `minimum` to `maximum`. @throws RangeError naming it otherwise */
export function integerIn(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`${name} must be an integer from ${minimum} to ${maximum}, not ${showValue(value)}`);
  }
  return value;
}

/** @returns `value` if it is a power of two from `minimum` to `maximum`. @throws RangeError naming it otherwise */
export function powerOfTwoIn(name: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== "number" || !isPowerOfTwo(value) || value < minimum || value > maximum) {
    throw new RangeError(`${name} must be a power of two from ${minimum} to ${maximum}, not ${showValue(value)}`);
  }
  return value;
}

/** @returns `value` if it is one of `choices`. @throws RangeError naming it otherwise */
export function oneOf<const T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new RangeError(`${name} must be one of ${choices.join(", ")}, not ${showValue(value)}`);
  return found;
}

/** @returns `value` if it is true or false; "false" and 0 are neither. @throws RangeError naming it otherwise */
export function flag(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new RangeError(`${name} must be true or false, not ${showValue(value)}`);
  return value;
}

/** @returns `value` if it is an object. @throws RangeError naming it otherwise */
export function objectIn<T>(name: string, value: T): T {
  if (!isObject(value)) throw new RangeError(`${name} must be an object, not ${showValue(value)}`);
  return value;
}

/** Functions are none. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether `value` is 1, 2, 4, ... below 2^53. */
export function isPowerOfTwo(value: number): boolean {
  const low = value >>> 0;
  if (low === value) return low !== 0 && (low & (low - 1)) === 0;
  return Number.isSafeInteger(value) && value > 0 && isPowerOfTwo(value / 2 ** 32);
}
