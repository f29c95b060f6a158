/** Every scenario on the layers as they are: explored to the end of its bounds, and right in every execution. */
import { ANCHORED, ANCHORED_WIDELY } from "./anchored.js";
import { CACHED, CACHED_WIDELY } from "./cached.js";
import { caseOf, type Case } from "./case.js";
import { DEFERRED } from "./deferred.js";
import { EXCLUSIVE, EXCLUSIVE_WIDELY } from "./exclusive.js";
import { LARGE_OBJECTS } from "./large-objects.js";
import { LISTS } from "./lists.js";
import { LOCKED, LOCKED_WIDELY } from "./locked.js";
import { LOCKS } from "./locks.js";
import { OWNED, OWNED_WIDELY } from "./owned.js";
import { PAGES } from "./pages.js";
import { PRIVATE, PRIVATE_WIDELY } from "./private.js";
import { QUEUES } from "./queues.js";
import { RUN_CASES } from "./runs.js";
import { STACKED, STACKED_WIDELY } from "./stacked.js";
import { STACKS } from "./stacks.js";
import { REGISTRY } from "./threads.js";

/** Their executions have few steps. */
const SHORT: readonly Case[] = [...STACKS, ...LISTS, ...QUEUES, ...LOCKS, ...REGISTRY, ...DEFERRED, ...RUN_CASES];
const PAGED: readonly Case[] = [...PAGES, ...LARGE_OBJECTS];

/** What every run of the tests explores. */
export const CASES: readonly Case[] = [...SHORT, ...PAGED, ...STACKED, ...ANCHORED, ...PRIVATE, ...EXCLUSIVE, ...OWNED, ...CACHED, ...LOCKED];

/** So many more preemptions, where they are bounded. */
const widened = (by: number) => (one: Case): Case => {
  const { preemptions } = one.options;
  return preemptions === undefined ? one : caseOf(one.scenario, { ...one.options, preemptions: preemptions + by });
};

/** Further than there is time for in the tests. */
export const LONG_CASES: readonly Case[] = [
  ...SHORT.map(widened(2)),
  ...PAGED.map(widened(1)),
  ...STACKED_WIDELY,
  ...ANCHORED_WIDELY,
  ...PRIVATE_WIDELY,
  ...EXCLUSIVE_WIDELY,
  ...OWNED_WIDELY,
  ...CACHED_WIDELY,
  ...LOCKED_WIDELY,
];
