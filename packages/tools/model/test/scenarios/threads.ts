/** The registry of threads: joining, leaving, and taking back slots, each more than once at the same time. */
import { AttachError, THREAD_SLOT, THREADS, ThreadRegistry, type Memory } from "@heapwright/core";
import type { Scenario } from "@heapwright/model";
import { caseOf, HEAD, type Case, type Code } from "./case.js";

/** Joins a registry of so many slots. */
type Join = (memory: Memory, capacity: number) => ThreadRegistry;

const joinRegistry: Join = (memory, capacity) => new ThreadRegistry(memory, HEAD, capacity);

/** A registry whose first slot is the observer's; threads get what they join by. */
export function registryScenario(name: string, capacity: number, threads: readonly Code<Memory>[], check: (observer: ThreadRegistry, results: readonly unknown[], memory: Memory) => void): Scenario<Memory> {
  let observer: ThreadRegistry;
  return {
    name,
    start(memory, names) {
      names.place("threads", THREADS, HEAD);
      names.place("slot", THREAD_SLOT, HEAD + THREADS.bytes, capacity);
      observer = joinRegistry(memory, capacity);
      return memory;
    },
    join: (memory) => memory,
    threads,
    end: (memory, { results }) => check(observer, results, memory),
  };
}

export const joining = (capacity: number, join = joinRegistry): Code<Memory> => (memory) => {
  try {
    const { id, slot } = join(memory, capacity);
    return { id, slot };
  } catch (error) {
    if (error instanceof AttachError) return undefined;
    throw error;
  }
};
export const joinAndLeave = (capacity: number): Code<Memory> => (memory) => {
  const registry = joinRegistry(memory, capacity);
  const { id, slot } = registry;
  registry.leave();
  return { id, slot };
};

export function allDifferent(_: unknown, results: readonly unknown[]): void {
  const joined = results as readonly ({ id: number; slot: number } | undefined)[];
  if (joined.includes(undefined)) throw new Error("a thread found no slot, though there were enough");
  for (const key of ["id", "slot"] as const) {
    if (new Set(joined.map((one) => one?.[key])).size !== joined.length) throw new Error(`two threads have the same ${key}`);
  }
}

export function idsDiffer(_: unknown, results: readonly unknown[]): void {
  const ids = (results as readonly ({ id: number } | undefined)[]).filter((one) => one !== undefined).map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new Error("two threads have the same id");
}

/** Victim 2 has joined and died before; two threads reclaim it at once. */
const VICTIM = 2;
const VICTIM_SLOT = 1;
export const reclaiming = (join = joinRegistry): Code<Memory> => (memory) => {
  let runs = 0;
  const done = join(memory, 6).reclaim(VICTIM, () => runs++);
  return { done, runs };
};

export function withVictim(scenario: Scenario<Memory>): Scenario<Memory> {
  return {
    ...scenario,
    start(memory, names) {
      const thing = scenario.start(memory, names);
      joinRegistry(memory, 6);
      return thing;
    },
  };
}

export function reclaimedOnce(observer: ThreadRegistry, results: readonly unknown[]): void {
  const outcomes = results as readonly { done: boolean; runs: number }[];
  const done = outcomes.filter((one) => one.done).length;
  if (done !== 1 || outcomes.some((one) => one.runs !== Number(one.done))) throw new Error(`${done} threads reclaimed it`);
  if (observer.slotOf(VICTIM) >= 0 || observer.count() !== 3) throw new Error("its slot is not free");
}

/** A reclaimer is killed; the rescuer reclaims it, and with it what it was about, or else its victim. */
const reclaimerDies: Scenario<Memory> = {
  ...withVictim(registryScenario("registry: a reclaimer is killed anywhere, and its work taken up", 6, [reclaiming()], (observer) => {
    const victims = [VICTIM, VICTIM + 1].filter((id) => observer.slotOf(id) >= 0);
    if (victims.includes(VICTIM)) throw new Error(`still there: ${victims.join()}`);
  })),
  rescuer(memory) {
    const registry = joinRegistry(memory, 6);
    registry.reclaim(VICTIM + 1, () => {});
    if (registry.idIn(VICTIM_SLOT) === VICTIM && registry.slotOf(VICTIM) < 0) throw new Error("its victim is half reclaimed, and nobody is at it");
    registry.reclaim(VICTIM, () => {});
  },
};

/** A reclaimer is killed, and nobody reclaims it: its victim's slot may be free by then, and is another's. */
const slotIsUsedAgain = withVictim(registryScenario("registry: a reclaimer is killed anywhere, and who joins after it can be reclaimed", 6, [reclaiming()], (observer, _, memory) => {
  const free = 6 - observer.count();
  const joined = Array.from({ length: free }, () => joinRegistry(memory, 6));
  for (const { id } of joined) if (!observer.reclaim(id, () => {})) throw new Error(`thread ${id} cannot be reclaimed`);
}));

export const REGISTRY: readonly Case[] = [
  caseOf(registryScenario("registry: three threads join at once", 5, [joining(5), joining(5), joining(5)], allDifferent)),
  caseOf(registryScenario("registry: one joins while another joins and leaves", 3, [joining(3), joinAndLeave(3)], idsDiffer)),
  caseOf(registryScenario("registry: two threads and one free slot", 2, [joining(2), joining(2)], (_, results) => {
    if (results.filter((one) => one !== undefined).length !== 1) throw new Error("one slot, and not one thread in it");
  })),
  caseOf(withVictim(registryScenario("registry: two threads reclaim the same one", 6, [reclaiming(), reclaiming()], reclaimedOnce))),
  caseOf(registryScenario("registry: two threads join at once", 4, [joining(4), joining(4)], allDifferent), { spuriousFailures: 1 }),
  caseOf(reclaimerDies, { deaths: 1 }),
  caseOf(slotIsUsedAgain, { deaths: 1 }),
];
