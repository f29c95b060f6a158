/**
 * The two averages that are used, the median of repetitions and the geometric mean of ratios; and whether repetitions agree.
 */

/** @param numbers at least one */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Whether the median is at most a tenth above the least. What else a machine does only ever makes a run longer, so where that is not so, too many
 * of them were disturbed.
 */
export function agree(numbers: readonly number[]): boolean {
  return numbers.length === 0 || median(numbers) <= 1.1 * Math.min(...numbers);
}

/** @returns undefined for no numbers */
export function geometricMean(numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}
