/**
 * The owned superblocks as `walk` and `check` show them, found by the page map alone. Both only make sense while no
 * other thread is inside an operation.
 */
import { HeapCorruptionError, type RegionState, type Visit } from "@heapwright/core";
import type { HeapPool } from "./heap-pool.js";
import type { OwnedHeap } from "./owned-heap.js";
import { BLANK, SUPERBLOCK } from "./superblock-geometry.js";
import type { Superblocks } from "./superblocks.js";

const GLOBAL = 0;
export const LAYER = "owned slabs";

/** @param pending what to call blocks that are freed and that nobody will put back before the next reclaim, if at all */
export function walkOwned(pool: HeapPool, superblocks: Superblocks, pending: RegionState, visit: Visit): void {
  const { bytes, first, capacity, blockBytes } = superblocks.geometry;
  pool.global.superblocksDo((s) => {
    const c = superblocks.classOf(s);
    const blank = c === BLANK;
    const header = blank ? SUPERBLOCK.bytes : first[c];
    const end = blank ? header : superblocks.addressOf(s, c, capacity[c]) - s;
    visit({ address: s, bytes: header, state: "metadata", layer: LAYER, block: 0 });
    for (let k = 0; !blank && k < capacity[c]; k++) {
      const address = superblocks.addressOf(s, c, k);
      const live = superblocks.isLive(s, k) && !superblocks.isPending(s, c, k);
      const state = live ? "live" : superblocks.isLive(s, k) ? pending : "free";
      visit({ address, bytes: blockBytes[c], state, layer: LAYER, block: live ? address + superblocks.distance(s, c, k) : 0 });
    }
    if (end < bytes) visit({ address: s + end, bytes: bytes - end, state: blank ? "free" : "waste", layer: LAYER, block: 0 });
  });
}

/** @throws HeapCorruptionError at the first thing that does not agree with the rest */
export function checkOwned(pool: HeapPool, superblocks: Superblocks): void {
  const listed = new Map<number, OwnedHeap>();
  let blanks = 0;
  // lists lead to superblocks that this thread may not have heard of
  pool.global.reachAll();
  for (const heap of pool.heaps) {
    checkHeap(heap, superblocks, listed);
    const top = heap.delayed.top();
    if (top !== 0 && !pool.isPending(top)) throw new HeapCorruptionError(top, LAYER, `heap ${heap.index} is to put back a block there, but none is freed`);
  }
  pool.global.superblocksDo((s) => {
    const c = superblocks.classOf(s);
    const heap = pool.heaps[superblocks.ownerOf(s)];
    if (heap === undefined) throw new HeapCorruptionError(s, LAYER, `it is owned by heap ${superblocks.ownerOf(s)}`);
    if (c === BLANK ? heap !== pool.global || listed.has(s) : listed.get(s) !== heap) {
      throw new HeapCorruptionError(s, LAYER, `class ${c}, owned by heap ${heap.index}, listed by ${listed.get(s)?.index ?? "nobody"}`);
    }
    if (c === BLANK) blanks++;
    else superblocks.check(s, c);
    listed.delete(s);
  });
  for (const [s, heap] of listed) throw new HeapCorruptionError(s, LAYER, `heap ${heap.index} lists what is no superblock`);
  pool.global.checkBlanks(blanks);
}

function checkHeap(heap: OwnedHeap, superblocks: Superblocks, listed: Map<number, OwnedHeap>): void {
  const holder = heap.lock.holder();
  if (holder !== 0) throw new HeapCorruptionError(0, LAYER, `thread ${holder} holds the lock of heap ${heap.index}; if it has died, reclaim it`);
  superblocks.geometry.capacity.forEach((capacity, c) => {
    let used = 0;
    let held = 0;
    heap.groups.check(c, (s) => {
      if (listed.has(s)) throw new HeapCorruptionError(s, LAYER, `it is in two lists, or in a circle`);
      listed.set(s, heap);
      if (superblocks.classOf(s) !== c) throw new HeapCorruptionError(s, LAYER, `class ${superblocks.classOf(s)} in a list of class ${c}`);
      used += superblocks.usedOf(s);
      held += capacity;
    });
    if (used !== heap.used(c) || held !== heap.held(c)) {
      throw new HeapCorruptionError(0, LAYER, `heap ${heap.index} counts ${heap.used(c)} of ${heap.held(c)} blocks of class ${c}, its superblocks ${used} of ${held}`);
    }
    if (heap.index !== GLOBAL && heap.hasTooMuch(c)) {
      throw new HeapCorruptionError(0, LAYER, `heap ${heap.index} keeps ${held} blocks of class ${c} for ${used} in use`);
    }
  });
}
