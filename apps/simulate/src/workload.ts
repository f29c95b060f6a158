/**
 * What a workload of the papers is here: one program a core, which yields after each operation, that is each call of the
 * allocator and each write of a block that others might have in their caches. All cores do as much, however many there are.
 */
import type { Heap } from "@heapwright/core";
import type { Machine } from "@heapwright/model";

export interface Stage {
  readonly machine: Machine;
  /** One a core. */
  readonly heaps: readonly Heap[];
  readonly random: (below: number) => number;
  /** Work for each core, in percent of the usual. */
  readonly percent: number;
}

export type Program = Generator<void, void>;

export interface Workload {
  readonly name: string;
  /** What each core does, with the numbers used here and, where they differ, those of the papers. */
  readonly text: string;
  /** What is counted to say how fast it goes. */
  readonly unit: string;
  /** Does what comes before the common start. @returns the programs, and the units that all of them do together */
  prepare(stage: Stage): { programs: Program[]; units: number };
}

/** @returns so much of `usual` as the stage wants, 1 at the least */
export function share({ percent }: Stage, usual: number): number {
  return Math.max(1, Math.round((usual * percent) / 100));
}
