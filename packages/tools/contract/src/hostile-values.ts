/** What a program in a dynamic language may pass where a size, an alignment or an address belongs. */

/** Numbers that are neither a size, nor an alignment, nor an address. */
export const HOSTILE_NUMBERS: readonly number[] = [
  Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -16, -(2 ** 31), -(2 ** 32), -(2 ** 53),
  0.5, 1.5, -0.5, 16.000001, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53 + 2, 2 ** 64, 1e300,
];

/** Values that are no numbers, though most of them become one when asked. */
export const HOSTILE_VALUES: readonly unknown[] = [
  undefined, null, true, false, "", "16", "100", "abc", 1n, 16n, 0n, Symbol("size"), {}, [], [16],
  Object(16), new Date(16), () => 16, { valueOf: () => 16 }, { [Symbol.toPrimitive]: () => 16 },
];
