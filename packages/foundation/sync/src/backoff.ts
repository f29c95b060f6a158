/**
 * How a thread steps aside while it waits for a word to change: at first it spins, each time twice as long, since most
 * changes are a few instructions away; then it sleeps, each time twice as long, up to a limit, since the thread it
 * waits for may need the very processor it runs on.
 *
 * It sleeps on the word it waits for. If that has changed meanwhile the sleep does not begin; otherwise the time-out
 * ends it, or a notification, should anybody send one. Where sleeping is not allowed the spins grow further instead: a
 * thread that was interrupted needs time to come back, and looking more often does not hurry it.
 */
import type { Memory } from "@heapwright/core";

/** In steps of a loop; each takes less than a nanosecond on processors of this decade. */
const SHORTEST_SPIN = 16;
const LONGEST_SPIN_BEFORE_SLEEP = 1024;
const LONGEST_SPIN = 65536;
const SHORTEST_SLEEP = 1 / 16;

/** In milliseconds. */
export const LONGEST_PAUSE = 4;

export class Backoff {
  private spin = SHORTEST_SPIN;
  private sleep = SHORTEST_SLEEP;
  private turns = 0;
  private readonly longestSpin: number;

  constructor(private readonly memory: Memory) {
    this.longestSpin = memory.canWait ? LONGEST_SPIN_BEFORE_SLEEP : LONGEST_SPIN;
  }

  /** Starts anew with the shortest pause. */
  reset(): void {
    this.spin = SHORTEST_SPIN;
    this.sleep = SHORTEST_SLEEP;
  }

  /** Whether the next pause is a sleep. */
  get sleepsNext(): boolean {
    return this.spin === this.longestSpin && this.memory.canWait;
  }

  /**
   * Steps aside once, for at most {@link LONGEST_PAUSE} milliseconds beyond what the scheduler adds.
   * @param w the word that the caller waits for
   * @param seen what the caller has found there
   */
  pause(w: number, seen: number): void {
    if (this.sleepsNext) {
      this.memory.wait(w, seen, this.sleep);
      this.sleep = Math.min(this.sleep * 2, LONGEST_PAUSE);
    } else {
      // counts in a field, as a loop without effect might be compiled to nothing
      for (let i = 0; i < this.spin; i++) this.turns = (this.turns + 1) | 0;
      this.spin = Math.min(this.spin * 2, this.longestSpin);
    }
  }
}
