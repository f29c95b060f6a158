/**
 * Scripts that are too large to be exhausted: three or four threads with several operations each. They are tried by chance,
 * each by throws of the dice and by priorities: 50,000 schedules in the tests, forty times as many in the long run.
 */
import type { Actor } from "@heapwright/model";
import type { Stack } from "@heapwright/freelist";
import { anchored, BYTES } from "./anchored.js";
import { caseOf, node, pop, push, type Case, type Code } from "./case.js";
import { exclusive, BYTES as QUARTER, has } from "./exclusive.js";
import { both, nothing as gone, release, take, takeMany, turn } from "./hands.js";
import { allocateAndFree, largeScenario, resize } from "./large-objects.js";
import { claimAndRelease, claimTwice, drainScenario, poolScenario, pushAll, takeAll } from "./lists.js";
import { futex, guarded, guardedWithin, inherited, lockScenario, LOOKS, spin } from "./locks.js";
import { firstHas as ownedFirstHas, HALF, owned } from "./owned.js";
import { acquireAndRelease, acquireAndUse, acrossWords, extend, pageScenario, rescued } from "./pages.js";
import { firstHas, leave, leftBehind, privately, SMALL, trim } from "./private.js";
import { dequeueThenEnqueue, enqueueThenDequeue, queueScenario } from "./queues.js";
import { claimAndRelease as claimRun, runsScenario } from "./runs.js";
import { taken } from "./slabs.js";
import { bucketed, carved, present } from "./stacked.js";
import { boehm, KINDS, popTwoPushOne, slotsTakenBack, stackScenario } from "./stacks.js";
import { idsDiffer, joinAndLeave, registryScenario } from "./threads.js";

export interface Crowd extends Case {
  /** In the tests, of either kind of chance. */
  readonly runs: number;
}

/** The steps of several pieces of code by one thread. */
const then = <Thing>(...codes: readonly Code<Thing>[]): Code<Thing> => (thing, actor) => codes.forEach((code) => code(thing, actor));

/** Brings two nodes, and takes three away, of which one comes back. */
const churn = (i: number): Code<Stack> => (stack: Stack, actor: Actor) => {
  push(stack, actor, node(i));
  const first = pop(stack, actor);
  pop(stack, actor);
  push(stack, actor, first);
  pop(stack, actor);
};

const SHORT: readonly Case[] = [
  ...KINDS.map(([name, make]) => caseOf(stackScenario(`${name}: four threads, five operations each`, make, [3, 4, 5, 6].map(churn)), { spuriousFailures: 1 })),
  ...KINDS.map(([name, make]) => caseOf(stackScenario(`${name}: three threads, one is killed`, make, [churn(3), churn(4), popTwoPushOne]), { deaths: 1 })),
  caseOf(slotsTakenBack(stackScenario("Boehm: four threads, two are killed", boehm, [churn(3), churn(4), popTwoPushOne, popTwoPushOne])), { deaths: 2 }),
  caseOf(drainScenario("drain: four threads", [pushAll(1), pushAll(2), takeAll, takeAll]), { spuriousFailures: 1 }),
  caseOf(poolScenario("pool of three: four threads", 3, [claimAndRelease, claimTwice, then(claimAndRelease, claimAndRelease), claimTwice])),
  caseOf(queueScenario("queue: four threads, four operations each", [7], [1, 2, 3, 4].map((i) => then(enqueueThenDequeue(100 * i), dequeueThenEnqueue(100 * i + 1)))), { spuriousFailures: 1 }),
  caseOf(lockScenario("spin lock: four threads, three times each", spin, [3, 3, 3, 3].map(guarded))),
  caseOf(lockScenario("futex lock: four threads, three times each", futex, [3, 3, 3, 3].map(guarded)), { looks: LOOKS, timeouts: "never" }),
  caseOf(inherited(lockScenario("futex lock: four threads, one is killed", futex, [guarded(1), guarded(1), guardedWithin(9), guarded(1)])), { looks: LOOKS, deaths: 1 }),
  caseOf(registryScenario("registry: four threads join and leave", 5, [5, 5, 5, 5].map(joinAndLeave), idsDiffer)),
  caseOf(runsScenario("runs: four threads claim and release across words", [4, 3, 2, 5].map((count) => then(claimRun(count), claimRun(1))), [0, 0, 0, 0]), { spuriousFailures: 1 }),
];

const turns = (bytes: number): ReturnType<typeof turn> => both(turn(bytes), takeMany(2, bytes), turn(bytes));

const LONG: readonly Case[] = [
  caseOf(pageScenario("pages: three threads, two spans each", 6, [then(acquireAndRelease(1), acquireAndRelease(2)), then(acquireAndUse, extend), then(acquireAndRelease(2), acquireAndUse)]), { spuriousFailures: 1 }),
  caseOf(acrossWords(pageScenario("pages: three threads", 6, [acquireAndRelease(2), acquireAndRelease(3), acquireAndRelease(2)]))),
  caseOf(rescued(pageScenario("pages: three threads, one is killed", 6, [acquireAndRelease(1), acquireAndRelease(2), acquireAndRelease(1)]), 6), { deaths: 1 }),
  caseOf(largeScenario("large objects: three threads", [allocateAndFree(4096), then(allocateAndFree(8192), allocateAndFree(65536)), resize])),
  caseOf(anchored({ name: "anchored: three threads", acts: [turns(BYTES), turns(BYTES), both(release(0), release(1), turn(BYTES))], present: 2 }), { spuriousFailures: 1 }),
  caseOf(taken(anchored({ name: "anchored: superblocks of three, three threads", acts: [takeMany(2, BYTES), both(release(0), turn(BYTES)), both(release(1), release(2))], present: 3, blocks: 3 }), BYTES), { deaths: 1 }),
  caseOf(privately({ name: "private: three threads free each other's blocks", pages: 4, before: firstHas(SMALL, SMALL, SMALL), acts: [both(trim, turns(SMALL)), both(release(0), trim, release(1), leave), both(release(2), leave)] })),
  caseOf(taken(privately({ name: "private: three threads and a page that was left behind", pages: 4, before: leftBehind(3, SMALL, SMALL, SMALL), acts: [both(release(0), turn(SMALL)), both(release(1), leave), both(turn(SMALL), release(2)), gone] }), SMALL), { deaths: 1 }),
  caseOf(exclusive({ name: "exclusive: three threads", before: has(0, 3), acts: [both(turn(QUARTER), takeMany(2, QUARTER)), release(0), both(release(1), release(2))] })),
  caseOf(owned({ name: "owned: three threads, two of one heap", before: ownedFirstHas(3), acts: [both(release(0), turn(HALF)), both(release(1), turn(HALF)), both(release(2), take(HALF))] }), { looks: LOOKS }),
  caseOf(taken(owned({ name: "owned: three threads", before: ownedFirstHas(3), acts: [both(release(0), turn(HALF)), both(release(1), turn(HALF)), release(2)] }), HALF), { looks: LOOKS, deaths: 1 }),
  caseOf(bucketed({ name: "buckets: three threads", before: present(2), acts: [both(release(0), take(8)), both(take(8), turn(8)), both(release(1), turn(8))] }, "on demand")),
  caseOf(carved("chunks: three threads", [turn(20_000), turn(20_000), turn(20_000)])),
];

/** Of either kind. */
const SCHEDULES = 25_000;
/** Executions of a hundred times as many steps are tried so often. */
const RUNS_OF_LONG = 50;
const RUNS_OF_SHORT = Math.ceil((SCHEDULES - LONG.length * RUNS_OF_LONG) / SHORT.length);

export const CROWDS: readonly Crowd[] = [
  ...SHORT.map((one) => ({ ...one, runs: RUNS_OF_SHORT })),
  ...LONG.map((one) => ({ ...one, options: { steps: 100_000, ...one.options }, runs: RUNS_OF_LONG })),
];
