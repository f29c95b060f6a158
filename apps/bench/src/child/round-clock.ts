/**
 * Decides after each round whether it counts and whether there is to be another. native/main.c decides in the same way.
 */
import type { Clock } from "./request.js";

export class RoundClock {
  readonly counted: number[] = [];
  readonly #clock: Clock;
  #warmedRounds = 0;
  #warmed = 0;
  #measured = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param milliseconds of the round that has just ended @returns whether there is to be another */
  goesOnAfter(milliseconds: number): boolean {
    const { warmUpMilliseconds, warmUpRounds, measureMilliseconds, patienceMilliseconds, rounds } = this.#clock;
    if (rounds > 0) return this.#count(milliseconds) < rounds;
    if (this.#warmed < warmUpMilliseconds || this.#warmedRounds < warmUpRounds) {
      this.#warmed += milliseconds;
      this.#warmedRounds += 1;
      if (milliseconds <= patienceMilliseconds) return true;
    }
    this.#count(milliseconds);
    this.#measured += milliseconds;
    return this.#measured < measureMilliseconds;
  }

  #count(milliseconds: number): number {
    return this.counted.push(Math.round(milliseconds * 1e6));
  }
}
