/** What the tests explore: a scenario with the bounds within which it is exhausted. */
import type { Actor, ExploreOptions, Scenario } from "@heapwright/model";

export interface Case {
  readonly name: string;
  readonly scenario: Scenario<never>;
  readonly options: ExploreOptions;
  /** Those that do anything. */
  readonly threads: number;
}

/** What a thread does that has done its part before the others begin. */
export const idle = (): void => {};

export function caseOf<Thing>(scenario: Scenario<Thing>, options: ExploreOptions = {}): Case {
  const bounds = Object.entries(options).map(([key, value]) => `${key} ${value}`).join(", ");
  const threads = scenario.threads.filter((code) => code !== idle).length;
  return { name: bounds === "" ? scenario.name : `${scenario.name} (${bounds})`, scenario: scenario as unknown as Scenario<never>, options, threads };
}

/** Addresses of nodes for lists, far from heads. */
export const node = (i: number): number => 4096 + i * 64;
export const HEAD = 128;

interface Stacked {
  push(node: number): void;
  pop(): number;
}

/** `pop` as the specification knows it. */
export function pop(stack: Stacked, actor: Actor): number {
  return actor.perform("pop", undefined, () => stack.pop());
}

/** `push` of a node, if it is one. */
export function push(stack: Stacked, actor: Actor, one: number): void {
  if (one !== 0) actor.perform("push", one, () => stack.push(one));
}

/** Everything that is left comes out, once each: the specification sees what is missing. */
export function drain(stack: Stacked, actor: Actor): void {
  while (pop(stack, actor) !== 0) continue;
}

export type Code<Thing> = Scenario<Thing>["threads"][number];
