/**
 * Two independent 32-bit hashes, so that a state is named by 64 bits. Against accidents only. Neither takes its arguments
 * for equals: a thread that reads what it has just written mixes its own name with one made of it, and they must not
 * cancel each other.
 */

export function mixLow(hash: number, value: number): number {
  const turned = Math.imul(hash + 0x3c6ef372, 0x9e3779b1);
  const h = Math.imul((turned ^ (turned >>> 16)) + value, 0x2c1b3c6d);
  return h ^ (h >>> 15);
}

export function mixHigh(hash: number, value: number): number {
  const turned = Math.imul(hash + 0x7f4a7c15, 0x85ebca6b);
  const h = Math.imul((turned ^ (turned >>> 13)) + value, 0x297a2d39);
  return h ^ (h >>> 16);
}
