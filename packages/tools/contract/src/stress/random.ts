/** Small repeatable random numbers (Marsaglia's xorshift, 32 bits): stress must be cheaper than what it stresses. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** An integer from 0 to 2^32 - 1, but never the same twice in a row. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
}
