/**
 * Decides after each round whether it counts and whether there is to be another. native/main.c decides in the same way.
 *
 * A slow round of the warm-up may be an accident of a busy machine, so it waits for the next one: if that is slow too, rounds
 * are slow, and both count; otherwise it was warm-up.
 */
import type { Clock } from "./request.js";

/** In patiences: a round that takes longer counts at once, because two of them might take longer than a run may. */
const ENDLESS = 10;

export class RoundClock {
  readonly counted: number[] = [];
  readonly #clock: Clock;
  #warmedRounds = 0;
  #warmed = 0;
  #measured = 0;
  /** Milliseconds of the round before, if that was slow and is not counted yet. */
  #waiting: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param milliseconds of the round that has just ended @returns whether there is to be another */
  goesOnAfter(milliseconds: number): boolean {
    const { warmUpMilliseconds, warmUpRounds, measureMilliseconds, patienceMilliseconds, rounds } = this.#clock;
    if (rounds > 0) return this.#count(milliseconds) < rounds;
    const slow = milliseconds > patienceMilliseconds;
    const before = this.#waiting;
    this.#waiting = undefined;
    if (this.#warmed < warmUpMilliseconds || this.#warmedRounds < warmUpRounds) {
      this.#warmed += milliseconds;
      this.#warmedRounds += 1;
      if (!slow) return true;
      if (before === undefined && milliseconds <= ENDLESS * patienceMilliseconds) {
        this.#waiting = milliseconds;
        return true;
      }
    }
    if (slow && before !== undefined) this.#count(before);
    this.#count(milliseconds);
    return this.#measured < measureMilliseconds;
  }

  /** @returns how many have been counted */
  #count(milliseconds: number): number {
    this.#measured += milliseconds;
    return this.counted.push(Math.round(milliseconds * 1e6));
  }
}
