/** Both locks: nobody is inside with another, nobody waits for ever, and the dead are inherited from. */
import type { Memory } from "@heapwright/core";
import { FutexLock, LOCK, SpinLock, type Lock } from "@heapwright/sync";
import type { Scenario } from "@heapwright/model";
import { caseOf, HEAD, type Case, type Code } from "./case.js";

export type LockMaker = (memory: Memory, threadId: number) => Lock;

const GUARDED = 256;

/** Counts under the lock, plainly: two inside at once are a data race. */
export const guarded = (times: number): Code<Lock> => (lock, { memory }) => {
  for (let i = 0; i < times; i++) {
    lock.acquire();
    memory.i32[GUARDED]++;
    lock.release();
  }
  return times;
};

export const guardedWithin = (rounds: number): Code<Lock> => (lock, { memory }) => {
  if (!lock.acquireWithin(rounds)) return 0;
  memory.i32[GUARDED]++;
  lock.release();
  return 1;
};

export function lockScenario(name: string, make: LockMaker, threads: readonly Code<Lock>[], sleeps: "may sleep" | "never sleeps" = "may sleep"): Scenario<Lock> {
  return {
    name,
    memory: { sleeps },
    start(memory, names) {
      names.place("lock", LOCK, HEAD);
      names.range("guarded", GUARDED * 4, 4);
      return make(memory, 9);
    },
    join: (memory, index) => make(memory, index + 1),
    threads,
    end(lock, { memory, results, dead }) {
      const sum = results.slice(0, threads.length).reduce((total: number, one) => total + ((one as number | undefined) ?? 0), 0);
      const count = memory.i32[GUARDED];
      if (count < sum || count > sum + dead.length) throw new Error(`${sum} were inside, ${count} are counted`);
      if (lock.holder() !== 0) throw new Error(`thread ${lock.holder()} still holds the lock`);
    },
  };
}

/** What the dead held passes to the rescuer, who lets the others in. */
export function inherited(scenario: Scenario<Lock>): Scenario<Lock> {
  return {
    ...scenario,
    name: `${scenario.name}, and inherited from`,
    rescuer(lock, _, dead) {
      for (const thread of dead) if (lock.inherit(thread + 1)) lock.release();
    },
  };
}

export const spin: LockMaker = (memory, id) => new SpinLock(memory, HEAD, id);
export const futex: LockMaker = (memory, id) => new FutexLock(memory, HEAD, id);

const one = guarded(1);

/** A futex lock looks seven times before it sleeps. */
export const LOOKS = 9;

export const LOCKS: readonly Case[] = [
  ...([["spin lock", spin], ["futex lock", futex]] as const).flatMap(([name, make]) => [
    caseOf(lockScenario(`${name}: two threads, twice each`, make, [guarded(2), guarded(2)])),
    caseOf(lockScenario(`${name}: three threads`, make, [one, one, one])),
    caseOf(lockScenario(`${name}: where nobody may sleep`, make, [one, one], "never sleeps")),
    caseOf(lockScenario(`${name}: a thread gives up after a round`, make, [guarded(2), guardedWithin(1)])),
    caseOf(inherited(lockScenario(`${name}: a thread is killed anywhere`, make, [one, one])), { deaths: 1 }),
  ]),
  caseOf(lockScenario("futex lock: two threads, twice each", futex, [guarded(2), guarded(2)]), { looks: LOOKS, timeouts: "never" }),
  caseOf(lockScenario("futex lock: three threads", futex, [one, one, one]), { looks: LOOKS, timeouts: "never", preemptions: 4 }),
  caseOf(lockScenario("futex lock: three threads, one gives up", futex, [one, one, guardedWithin(9)]), { looks: LOOKS, preemptions: 2 }),
  caseOf(inherited(lockScenario("futex lock: a thread is killed anywhere", futex, [one, one])), { looks: LOOKS, deaths: 1 }),
];
