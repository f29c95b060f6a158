/**
 * Which states the explorer has been in, and with how many preemptions left: a hash table of 64-bit names in two typed
 * arrays, since a `Map` of so many would be most of the time and memory of an exploration.
 */
const FIRST_CAPACITY = 1 << 12;

export class SeenStates {
  count = 0;
  private low = new Int32Array(FIRST_CAPACITY);
  private high = new Int32Array(FIRST_CAPACITY);
  /** One more than the most that was left at a visit; 0: no entry. */
  private left = new Uint8Array(FIRST_CAPACITY);

  /** @param most states that are remembered; those that come later are explored as often as they are met */
  constructor(private readonly most: number) {}

  /**
   * Whether a state has been visited with at least `left` preemptions left; from now on it has.
   * @param left 0 to 254
   */
  visit(low: number, high: number, left: number): boolean {
    let at = this.find(low, high);
    const before = this.left[at];
    if (before > left) return true;
    if (before === 0) {
      if (this.count >= this.most) return false;
      if (this.count * 2 >= this.left.length) {
        this.grow();
        at = this.find(low, high);
      }
      this.count++;
      this.low[at] = low;
      this.high[at] = high;
    }
    this.left[at] = left + 1;
    return false;
  }

  /** Where the state is, or would be. */
  private find(low: number, high: number): number {
    const mask = this.left.length - 1;
    let at = (low ^ (high >>> 7)) & mask;
    while (this.left[at] !== 0 && (this.low[at] !== low || this.high[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { low, high, left } = this;
    this.low = new Int32Array(low.length * 2);
    this.high = new Int32Array(low.length * 2);
    this.left = new Uint8Array(low.length * 2);
    for (let i = 0; i < left.length; i++) {
      if (left[i] === 0) continue;
      const at = this.find(low[i], high[i]);
      this.low[at] = low[i];
      this.high[at] = high[i];
      this.left[at] = left[i];
    }
  }
}
