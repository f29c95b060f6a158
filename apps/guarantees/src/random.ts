/**
 * Numbers that look random and are the same for the same seed, so that what was observed once is observed again.
 */

/** @returns a function that gives integers from 0 to `below - 1` */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
