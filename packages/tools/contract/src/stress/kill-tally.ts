/** The account of a run of kills: how many there were, where they fell, what they cost, and how long they held up others. */
import type { Victim } from "./ambush.js";
import { MOMENTS, type Moment } from "./control.js";
import type { Cost } from "./reckoning.js";
import type { StressReport } from "./run-stress.js";

/** A figure of several events: over all of them, and of the one with the most. */
export interface Events {
  readonly sum: number;
  readonly most: number;
}

/** What was done, and what it cost. Of two kills at once each has cost half. */
export interface KillReport extends StressReport {
  /** Workers that died in the heap. */
  readonly kills: number;
  /** How many of them at which moment. */
  readonly moments: Readonly<Record<Moment, number>>;
  /** Bytes per kill that `walk` calls lost. */
  readonly lost: Events;
  /** Bytes per kill of blocks that were live in the hands of the dead; they were freed. */
  readonly ownerless: Events;
  /** Times that some survivor did not complete an operation before the dead was reclaimed, though there was time. */
  readonly heldUp: number;
  /** Milliseconds from a kill until every survivor had completed an operation. */
  readonly heldMilliseconds: Events;
  /** Milliseconds that `reclaim` took. */
  readonly reclaimMilliseconds: Events;
}

/** One strike: one worker, or two at once. */
export interface Strike {
  readonly victims: readonly Victim[];
  readonly cost: Cost;
  readonly heldUp: boolean;
  readonly heldMilliseconds: number;
  readonly reclaimMilliseconds: number;
}

const NONE: Events = { sum: 0, most: 0 };

export class KillTally {
  kills = 0;
  private readonly moments = Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>;
  private lost = NONE;
  private ownerless = NONE;
  private heldUp = 0;
  private held = NONE;
  private reclaim = NONE;

  add({ victims, cost, heldUp, heldMilliseconds, reclaimMilliseconds }: Strike): void {
    const kills = victims.length;
    for (const { moment } of victims) this.moments[moment]++;
    this.kills += kills;
    this.lost = withEvent(this.lost, cost.lost, kills);
    this.ownerless = withEvent(this.ownerless, cost.ownerless, kills);
    if (heldUp) this.heldUp++;
    this.held = withEvent(this.held, heldMilliseconds);
    this.reclaim = withEvent(this.reclaim, reclaimMilliseconds);
  }

  report(): Omit<KillReport, keyof StressReport> {
    const { kills, moments, lost, ownerless, heldUp, held, reclaim } = this;
    return { kills, moments, lost, ownerless, heldUp, heldMilliseconds: held, reclaimMilliseconds: reclaim };
  }
}

function withEvent({ sum, most }: Events, figure: number, kills = 1): Events {
  return { sum: sum + figure, most: Math.max(most, figure / Math.max(1, kills)) };
}
