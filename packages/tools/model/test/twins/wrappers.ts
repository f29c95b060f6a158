/** Thread caches, and heaps behind a lock, with one thing wrong each. */
import type { Root } from "@heapwright/core";
import type { Locked } from "@heapwright/combine";
import { CACHE_ROW, type ThreadCache } from "@heapwright/thread-cache";
import { cached, comesBack, leave, present, SMALL, stocked } from "../scenarios/cached.js";
import { both, release, take, turn } from "../scenarios/hands.js";
import { BYTES, deferring, emptying, locked, LOOKS, losesNoPage, type LockedParts } from "../scenarios/locked.js";
import { taken } from "../scenarios/slabs.js";
import { twinOf, type Twin } from "./twin.js";

interface CacheParts {
  readonly memory: Root["memory"];
  readonly cached: { keptIn(row: number): unknown };
  slot: number;
}

const partsOf = (cache: ThreadCache): CacheParts => cache as unknown as CacheParts;

/** All threads have the same row. */
function sharing(cache: ThreadCache): void {
  partsOf(cache).slot = 0;
}

/** Takes what a dead thread kept, and gives it to nobody. */
function forgetting(cache: ThreadCache): void {
  Object.assign(cache, { giveFrom: () => {} });
}

/** Believes that no block of a batch that was on its way has arrived. */
function believing(cache: ThreadCache): void {
  const { cached: blocks, memory } = partsOf(cache);
  const keptIn = blocks.keptIn.bind(blocks);
  Object.assign(blocks, {
    keptIn(row: number) {
      memory.i32[(row >>> 2) + CACHE_ROW.giving] = 0;
      return keptIn(row);
    },
  });
}

/** Frees without the lock when that is taken. */
function impatient(layer: Locked, { heap, lock }: LockedParts): void {
  Object.assign(layer, {
    free(address: number) {
      const held = lock.tryAcquire();
      heap.free(address);
      if (held) lock.release();
    },
  });
}

/** Does not look whether frees were left to it. */
function heedless(_: Locked, { deferred }: LockedParts): void {
  Object.assign(deferred, { areWaiting: () => false });
}

/** Lets others in before what the dead left half done is put right. */
function hasty(layer: Locked, { heap, lock }: LockedParts): void {
  Object.assign(layer, {
    reclaim(threadId: number, slot: number) {
      if (lock.breakIfHeldBy(threadId)) heap.reclaim(threadId, slot);
    },
  });
}

/** Does not say that it is inside. */
function unmarked(_: Locked, { heap }: LockedParts): void {
  Object.assign((heap as unknown as { sums: object }).sums, { begin: () => {} });
}

/** Disowns the pages that the dead was giving back, and leaves them to nobody. */
function disowning(_: Locked, { heap }: LockedParts): void {
  const { spans } = heap as unknown as { spans: { repair(slot: number): void } };
  const repair = spans.repair.bind(spans);
  Object.assign(spans, { repair: () => repair(-1) });
}

const neighbours = { present: 4, acts: [both(release(1), take(2 * BYTES)), release(2)] };

export const WRAPPER_TWINS: readonly Twin[] = [
  twinOf("thread caches that share a row", "data race", cached({ name: "two threads fetch", acts: [turn(SMALL), turn(SMALL)], before: present(0), change: sharing }), { preemptions: 2 }),
  twinOf("thread cache that forgets what the dead kept", "wrong in the end", comesBack(cached({ name: "two threads take and free what they keep", acts: [turn(SMALL), turn(SMALL)], ...stocked, change: forgetting })), { deaths: 1, preemptions: 1 }),
  twinOf("thread cache that takes a batch back that has arrived", "data race", taken(cached({ name: "a batch goes back", kept: 2, acts: [both(release(0), release(1), release(2), leave), take(SMALL)], before: present(3), change: believing }), SMALL), { deaths: 1, preemptions: 1 }),
  twinOf("locked heap that frees though the lock is taken", "data race", locked({ name: "a free finds the lock taken", ...deferring, change: impatient }), { preemptions: 2 }),
  twinOf("locked heap that forgets what was left to it", "wrong in the end", locked({ name: "a free finds the lock taken", ...deferring, change: heedless }), { preemptions: 2 }),
  twinOf("locked heap that lets others in unrepaired", "data race", taken(locked({ name: "two threads free neighbours", ...neighbours, change: hasty }), BYTES), { deaths: 1, preemptions: 1, looks: LOOKS }),
  twinOf("coalescing heap that is changed without a mark", "wrong in the end", taken(locked({ name: "two threads free neighbours", ...neighbours, change: unmarked }), BYTES), { deaths: 1, preemptions: 0, looks: LOOKS }),
  twinOf("coalescing heap that disowns what the dead gave back", "wrong in the end", losesNoPage(locked({ name: "a span comes and goes", ...emptying, change: disowning })), { deaths: 1, preemptions: 0, looks: LOOKS }),
];
