export { explore, replay, type Exploration, type ExploreOptions } from "./explore.js";
export { ModelFailure } from "./failure.js";
export { heapOf, type HeapThread } from "./heap-scenario.js";
export type { Operation } from "./operation.js";
export { NondeterminismError } from "./simulated-thread.js";
export type { Actor, Outcome, Scenario } from "./scenario.js";
export { bagOf, blocksOf, queueOf, stackOf, type Specification } from "./specification.js";
export type { ViolationKind } from "./violation.js";
export { WordNames } from "./word-names.js";
