/** A layer with one thing wrong, and how the explorer finds out. */
import type { Memory } from "@heapwright/core";
import type { ExploreOptions, Scenario, ViolationKind } from "@heapwright/model";
import { caseOf, type Case } from "../scenarios/case.js";

export interface Twin extends Case {
  /** What is wrong with it, as the end of "a ... that ...". */
  readonly flaw: string;
  readonly kind: ViolationKind;
}

export function twinOf<Thing>(flaw: string, kind: ViolationKind, scenario: Scenario<Thing>, options: ExploreOptions = {}): Twin {
  return { ...caseOf(scenario, options), flaw, kind };
}

/** The same memory with some accesses replaced. */
export function changed(memory: Memory, change: Partial<Memory>): Memory {
  return Object.assign(Object.create(memory) as Memory, change);
}
