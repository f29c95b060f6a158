/** Hoard's slabs, and frees that wait for a lock, with one thing wrong each. */
import type { Root } from "@heapwright/core";
import { DEFERRED_FREES, DeferredFrees } from "@heapwright/combine";
import type { OwnedSlabs } from "@heapwright/slab";
import { deferredScenario, drain, push } from "../scenarios/deferred.js";
import { both, release, take, turn } from "../scenarios/hands.js";
import { firstHas, HALF, moving, owned, small } from "../scenarios/owned.js";
import { twinOf, type Twin } from "./twin.js";

/** a - K S as an unsigned number: a small heap may keep nothing, for it is far below that. */
function unsigned({ pool, superblocks }: OwnedSlabs): void {
  const slack = 2 * superblocks.geometry.capacity[0];
  for (const heap of pool.heaps) {
    Object.assign(heap, {
      hasTooMuch: (c: number) => heap.used(c) < (heap.held(c) - slack) >>> 0 && heap.used(c) * 4 < heap.held(c) * 3,
    });
  }
}

/** Does not look again whose the superblock is, once it has the lock of its owner. */
function credulous({ pool, superblocks }: OwnedSlabs): void {
  Object.assign(pool, {
    enterOwnerOf(s: number) {
      const heap = pool.heaps[superblocks.ownerOf(s)];
      return heap !== undefined && pool.enter(heap) ? heap : undefined;
    },
  });
}

/** Leaves a block to the holder of the lock, and does not look whether he has gone. */
function trusting({ pool }: OwnedSlabs): void {
  Object.assign(pool, { delay: (heap: (typeof pool.heaps)[number], block: number) => heap.delayed.push(block) });
}

/** Has looked through the places before it says that none is filled. */
class ClearsLate extends DeferredFrees {
  constructor(private readonly root: Root) {
    super(root);
  }

  override drain(visit: (address: number) => void): void {
    super.drain(visit);
    this.root.memory.store((this as unknown as { w: number }).w + DEFERRED_FREES.waiting, 0);
  }
}

/** Takes a place by a load and a store. */
class StoringPush extends DeferredFrees {
  constructor(private readonly root: Root) {
    super(root);
  }

  override push(address: number): boolean {
    const { memory } = this.root;
    const { w } = this as unknown as { w: number };
    let place = w + DEFERRED_FREES.places;
    while (memory.load(place) !== 0) place++;
    memory.store(place, address);
    memory.store(w + DEFERRED_FREES.waiting, 1);
    return true;
  }
}

const bounds = { preemptions: 2, looks: 9 };

export const OWNED_TWINS: readonly Twin[] = [
  twinOf("owned slabs whose threshold is unsigned", "thrown", owned({ name: "two heaps, a superblock each", ...small, change: unsigned }), bounds),
  twinOf("owned slabs that do not look again whose a superblock is", "wrong in the end", owned({ name: "a block is freed while its superblock moves", ...moving, change: credulous }), bounds),
  twinOf("owned slabs that leave a block to who has gone", "wrong in the end", owned({ name: "a block is freed while its heap serves one", acts: [both(turn(HALF), take(HALF)), release(0)], before: firstHas(1), change: trusting }), bounds),
  twinOf("deferred frees that say late that none waits", "wrong in the end", deferredScenario("push and push against a look", [push(64), push(128), drain], (root) => new ClearsLate(root))),
  twinOf("deferred frees that take places by a store", "wrong in the end", deferredScenario("push and push against a look", [push(64), push(128), drain], (root) => new StoringPush(root))),
];
