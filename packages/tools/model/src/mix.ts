/** Two independent 32-bit hashes, so that a state is named by 64 bits. Against accidents only. */

export function mixLow(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x9e3779b1);
  return h ^ (h >>> 15);
}

export function mixHigh(hash: number, value: number): number {
  const h = Math.imul(hash + value + 0x7f4a7c15, 0x85ebca6b);
  return h ^ (h >>> 13);
}
