/** A layer with one thing wrong, and how the explorer finds out. */
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
