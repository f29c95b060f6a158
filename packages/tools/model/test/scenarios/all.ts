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
import { PAGES, PAGES_UNBOUNDED } from "./pages.js";
import { PRIVATE, PRIVATE_WIDELY } from "./private.js";
import { QUEUES } from "./queues.js";
import { RUN_CASES } from "./runs.js";
import { STACKED, STACKED_WIDELY } from "./stacked.js";
import { STACKS } from "./stacks.js";
import { REGISTRY } from "./threads.js";

/** What every run of the tests explores. */
export const CASES: readonly Case[] = [
  ...STACKS, ...LISTS, ...QUEUES, ...LOCKS, ...REGISTRY, ...DEFERRED, ...RUN_CASES, ...PAGES, ...LARGE_OBJECTS,
  ...STACKED, ...ANCHORED, ...PRIVATE, ...EXCLUSIVE, ...OWNED, ...CACHED, ...LOCKED,
];

/** So many more preemptions, where they are bounded. */
const widened = (by: number) => (one: Case): Case => {
  const { preemptions } = one.options;
  return preemptions === undefined ? one : caseOf(one.scenario, { ...one.options, preemptions: preemptions + by });
};

/** Two more preemptions, or one where there is more to try at each step. */
const widely = (one: Case): Case => widened(one.threads > 2 || one.options.deaths !== undefined ? 1 : 2)(one);

const unbounded = widened(Infinity);

/** What has a protocol of its own, with its cases. */
export interface Protocol {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Further than there is time for in the tests. */
export const LONG_CASES: readonly Protocol[] = [
  { name: "tagged, counted and Boehm stacks", cases: STACKS.map(widened(3)) },
  { name: "drain stack, bitset pool, private list", cases: LISTS },
  { name: "queue", cases: QUEUES.map(unbounded) },
  { name: "locks", cases: LOCKS.map(unbounded) },
  { name: "registry of threads", cases: REGISTRY },
  { name: "deferred frees", cases: DEFERRED },
  { name: "runs in the bitmap of pages", cases: RUN_CASES.map(widened(3)) },
  { name: "page source: acquire, release, extend, grow", cases: [...PAGES.map(widely), ...PAGES_UNBOUNDED] },
  { name: "large objects and fragments", cases: LARGE_OBJECTS.map(widely) },
  { name: "buckets and chunks", cases: STACKED_WIDELY },
  { name: "anchored slabs", cases: ANCHORED_WIDELY },
  { name: "private slabs", cases: PRIVATE_WIDELY },
  { name: "exclusive slabs", cases: EXCLUSIVE_WIDELY },
  { name: "owned slabs", cases: OWNED_WIDELY },
  { name: "thread cache", cases: CACHED_WIDELY },
  { name: "locked heap", cases: LOCKED_WIDELY },
];
