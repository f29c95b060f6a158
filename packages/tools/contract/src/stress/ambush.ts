/**
 * When a worker is killed. Most steps of a worker are on the same few paths, so that moments taken at random hardly ever
 * fall into the rare ones: the heap grows, a large block is cut, a thread joins or leaves. So the workers say when they come to these,
 * and whoever kills waits for that and strikes within microseconds.
 */
import { MOMENTS, type Control, type Moment } from "./control.js";
import type { Random } from "./random.js";

/** One worker at one moment. */
export interface Victim {
  readonly row: number;
  /** `any time` also when what was waited for did not come. */
  readonly moment: Moment;
}

/** Longest wait in milliseconds. */
const PATIENCE = 50;
/** Turns of a loop, at most, between the moment and the kill. */
const DELAY = 5000;

export class Ambush {
  constructor(
    private readonly control: Control,
    private readonly random: Random,
  ) {}

  /** Blocks this thread until one of `rows`, whose workers have joined, is where it is waited for, or another one joins. */
  lie(rows: readonly number[]): Victim {
    const { control, random } = this;
    const moment = random.below(3) === 0 ? MOMENTS[0] : MOMENTS[1 + random.below(MOMENTS.length - 1)];
    const row = moment === MOMENTS[0] ? -1 : control.awaitMoment(moment, PATIENCE);
    for (let turns = random.below(2) * random.below(DELAY); turns > 0; turns--) control.isStanding(0);
    return rows.includes(row) || (row >= 0 && moment === "joining") ? { row, moment } : { row: rows[random.below(rows.length)], moment: MOMENTS[0] };
  }
}
