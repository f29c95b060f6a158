/**
 * What the process that measures space says. Part of the files of results: fields are only ever added.
 */
import type { HandOvers, ManyBlocks } from "./measure-space.js";

/** Why something was not measured. */
export interface Unmeasured {
  readonly reason: string;
}

export interface SpaceReport {
  readonly manyBlocks: ManyBlocks | Unmeasured;
  /** Not there for contenders of one thread. */
  readonly handOvers?: HandOvers | Unmeasured;
}

/** Of one contender, in the results. */
export interface SpaceResult extends SpaceReport {
  readonly contender: string;
}

export function isMeasured<T extends object>(part: T | Unmeasured | undefined): part is T {
  return part !== undefined && !("reason" in part);
}
