/**
 * A heap for one thread at a time behind a lock: spans come and go inside, neighbours merge, and frees that find the lock
 * taken are left to its holder. The observer's block keeps the first span, unless a span is what comes and goes.
 */
import { AddressOrdered, CoalescingHeap } from "@heapwright/coalesce";
import { DeferredFrees, Locked } from "@heapwright/combine";
import type { Root } from "@heapwright/core";
import type { Scenario } from "@heapwright/model";
import { FutexLock, LOCK } from "@heapwright/sync";
import { caseOf, type Case } from "./case.js";
import { both, release, take, turn, type SlabThread } from "./hands.js";
import { checkedBetween, slabScenario, taken, type Play } from "./slabs.js";

export const BYTES = 100;
/** The lock looks seven times before it sleeps. */
export const LOOKS = 9;

/** Its holder is waited for, or after one look another way is taken: what the real patience of many sleeps leads to in the end. */
type Patience = "waits" | "looks once";

class Hasty extends FutexLock {
  override acquireWithin(): boolean {
    return super.acquireWithin(1);
  }
}

export interface LockedParts {
  readonly heap: CoalescingHeap;
  readonly lock: FutexLock;
  readonly deferred: DeferredFrees;
}

type LockedPlay = Pick<Play<Locked>, "name" | "acts"> & {
  /** Blocks that the observer has allocated, one behind the other. */
  readonly present: number;
  readonly patience?: Patience;
  readonly backed?: number;
  /** Breaks what a thread works through. */
  readonly change?: (locked: Locked, parts: LockedParts, root: Root) => void;
};

export const locked = ({ present, patience = "waits", change = () => {}, backed = 3, ...play }: LockedPlay): ReturnType<typeof slabScenario<Locked>> =>
  slabScenario({
    ...play,
    pages: 3,
    backed,
    make(root, pages) {
      const Lock = patience === "waits" ? FutexLock : Hasty;
      const parts = {
        heap: new CoalescingHeap(root, pages, { fit: AddressOrdered, keepBytes: 0 }),
        lock: new Lock(root.memory, root.claimStruct(LOCK), root.threads.id),
        deferred: new DeferredFrees(root),
      };
      const layer = new Locked(parts.heap, parts.lock, parts.deferred);
      change(layer, parts, root);
      return layer;
    },
    before: (layer, index) => (index < 0 ? Array.from({ length: present }, () => layer.allocate(BYTES)) : []),
  });

/** Whoever dies, no page is lost: what was on its way in or out goes back. */
export function losesNoPage(scenario: Scenario<SlabThread<Locked>>): Scenario<SlabThread<Locked>> {
  const rescued = taken(scenario, BYTES);
  return {
    ...rescued,
    end(thread, outcome) {
      rescued.end?.(thread, outcome);
      thread.layers.pages.walk(({ address, state }) => {
        if (state === "lost") throw new Error(`the page at ${address} is lost`);
      });
    },
  };
}

const turnOne = turn(BYTES);

const turns = locked({ name: "locked heap: allocate and free against the same", present: 1, acts: [turnOne, turn(2 * BYTES)] });
const merged = locked({ name: "locked heap: two threads free neighbours", present: 4, acts: [both(release(1), take(2 * BYTES)), release(2)] });
export const emptying = { present: 2, acts: [both(release(0), turnOne), release(1)] };
const emptied = locked({ name: "locked heap: a span comes and goes", ...emptying });
export const deferring = { present: 3, patience: "looks once", acts: [both(release(0), take(BYTES)), release(1)] } as const;
const deferred = locked({ name: "locked heap: a free is left to the holder of the lock", ...deferring });
const unseen = locked({ name: "locked heap: a block is freed by a thread whose views end before it", present: 1, backed: 1, acts: [turn(70_000), both(release(0), turnOne)] });
const trio = locked({ name: "locked heap: three threads, two of which leave their frees", present: 3, patience: "looks once", acts: [release(0), release(1), turnOne] });

export const LOCKED: readonly Case[] = [
  caseOf(turns, { preemptions: 3, looks: LOOKS }),
  caseOf(merged, { preemptions: 3, looks: LOOKS }),
  caseOf(emptied, { preemptions: 2, looks: LOOKS }),
  caseOf(deferred, { preemptions: 3 }),
  caseOf(unseen, { preemptions: 2, looks: LOOKS }),
  caseOf(trio, { preemptions: 2 }),
  caseOf(checkedBetween(merged), { preemptions: 2, looks: LOOKS }),
  caseOf(taken(merged, BYTES), { deaths: 1, preemptions: 0, looks: LOOKS }),
  caseOf(taken(deferred, BYTES), { deaths: 1, preemptions: 0 }),
  caseOf(losesNoPage(emptied), { deaths: 1, preemptions: 0, looks: LOOKS }),
];

/** With wider bounds; for the long run. */
export const LOCKED_WIDELY: readonly Case[] = [
  ...[turns, merged, emptied].map((scenario) => caseOf(scenario, { looks: LOOKS })),
  caseOf(unseen, { preemptions: 5, looks: LOOKS }),
  caseOf(deferred),
  caseOf(trio, { preemptions: 4 }),
  caseOf(taken(merged, BYTES), { deaths: 1, preemptions: 2, looks: LOOKS }),
  caseOf(taken(deferred, BYTES), { deaths: 1, preemptions: 2 }),
  caseOf(losesNoPage(emptied), { deaths: 1, preemptions: 1, looks: LOOKS }),
];
