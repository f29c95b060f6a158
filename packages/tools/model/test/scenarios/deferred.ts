/** Frees that wait for the holder of a lock: none is forgotten, none done twice. */
import { DeferredFrees } from "@heapwright/combine";
import { heapOf, type HeapThread, type Scenario } from "@heapwright/model";
import type { Root } from "@heapwright/core";
import { caseOf, type Case, type Code } from "./case.js";

type DeferredThread = HeapThread<DeferredFrees>;

export const push = (address: number): Code<DeferredThread> => ({ layers }) => void layers.push(address);
/** What the holder of the lock does whenever it has got it. */
export const drain: Code<DeferredThread> = ({ layers }) => {
  const found: number[] = [];
  if (layers.areWaiting()) layers.drain((address) => found.push(address));
  return found;
};

/** Addresses 64 and 128 are pushed; the last thread drains, and then the observer does. */
export function deferredScenario(name: string, threads: readonly Code<DeferredThread>[], make = (root: Root) => new DeferredFrees(root)): Scenario<DeferredThread> {
  return {
    name,
    ...heapOf(make, 5),
    threads,
    end(thread, actor) {
      const found = [...actor.results.flatMap((one) => (one as number[] | undefined) ?? []), ...(drain(thread, actor) as number[])];
      if (new Set(found).size !== found.length) throw new Error(`freed twice: ${found.join()}`);
      if (actor.dead.length === 0 && found.length !== 2) throw new Error(`pushed were two, freed are ${found.join() || "none"}`);
    },
  };
}

const pushTwo: Code<DeferredThread> = (thread, actor) => [64, 128].forEach((address) => push(address)(thread, actor));

export const DEFERRED: readonly Case[] = [
  caseOf(deferredScenario("deferred frees: two pushes against a look", [pushTwo, drain])),
  caseOf(deferredScenario("deferred frees: push and push against a look", [push(64), push(128), drain])),
  caseOf(deferredScenario("deferred frees: push and push against a look", [push(64), push(128), drain]), { spuriousFailures: 1 }),
  caseOf(deferredScenario("deferred frees: a thread is killed anywhere", [push(64), push(128), drain]), { deaths: 1 }),
  caseOf(deferredScenario("deferred frees: push and push against a look", [push(64), push(128), drain]), { progress: "alone" }),
];
