/**
 * Exclusive superblocks as `walk` and `check` show them: found by the page map alone, and believed in nothing that can be
 * derived. Both only make sense while no other thread is inside an operation, and after the dead have been reclaimed.
 */
import { HeapCorruptionError, PAGE_BYTES, type Memory, type ThreadRegistry, type Visit } from "@heapwright/core";
import { EXCLUSIVE_SUPERBLOCK, type ExclusiveGeometry } from "./exclusive-geometry.js";
import type { ExclusiveSuperblocks } from "./exclusive-superblocks.js";
import type { ExclusiveSupply } from "./exclusive-supply.js";
import { FULL_LIST } from "./private-lists.js";

export const LAYER = "exclusive slabs";
const { local: LOCAL, used: USED, carved: CARVED, full: FULL } = EXCLUSIVE_SUPERBLOCK;

export class ExclusiveInspection {
  constructor(
    private readonly memory: Memory,
    private readonly geometry: ExclusiveGeometry,
    private readonly superblocks: ExclusiveSuperblocks,
    private readonly threads: ThreadRegistry,
  ) {}

  /** Reports every byte of every superblock. */
  walk(visit: Visit): void {
    this.superblocks.pagesDo((page, superblock, c) => {
      if (page === superblock) this.walkSuperblock(superblock, c, visit);
      else if (!this.superblocks.isPartOf(page, superblock)) {
        // a thread died while it released the superblock, or before it had noted the first page
        visit({ address: page, bytes: PAGE_BYTES, state: "lost", layer: LAYER, block: 0 });
      }
    });
  }

  private walkSuperblock(superblock: number, c: number, visit: Visit): void {
    const { blockBytes, bytes, first, capacity } = this.geometry;
    const end = superblock + bytes[c];
    const start = superblock + first[c];
    const carved = this.carvedOf(superblock, c);
    visit({ address: superblock, bytes: first[c], state: "metadata", layer: LAYER, block: 0 });
    for (let i = 0; i < carved; i++) {
      const address = start + i * blockBytes[c];
      const at = this.superblocks.liveOffset(superblock, c, address);
      const live = at >= 0 && !this.superblocks.isFreed(superblock, c, at);
      visit({ address, bytes: blockBytes[c], state: live ? "live" : "free", layer: LAYER, block: live ? superblock + at : 0 });
    }
    const uncarved = start + carved * blockBytes[c];
    const tail = start + capacity[c] * blockBytes[c];
    if (uncarved < tail) visit({ address: uncarved, bytes: tail - uncarved, state: "free", layer: LAYER, block: 0 });
    if (tail < end) visit({ address: tail, bytes: end - tail, state: "waste", layer: LAYER, block: 0 });
  }

  private carvedOf(superblock: number, c: number): number {
    const carved = this.memory.i32[(superblock >>> 2) + CARVED];
    if (carved < 0 || carved > this.geometry.capacity[c]) throw new HeapCorruptionError(superblock, LAYER, `${carved} blocks carved of ${this.geometry.capacity[c]}`);
    return carved;
  }

  /** The blocks on the local list of a superblock. @throws HeapCorruptionError for what is no block, or comes twice */
  private local(superblock: number, c: number): Set<number> {
    const found = new Set<number>();
    const { i32 } = this.memory;
    for (let block = i32[(superblock >>> 2) + LOCAL] >>> 0; block !== 0; block = i32[block >>> 2] >>> 0) {
      if (!this.superblocks.isBlock(superblock, c, block)) throw new HeapCorruptionError(superblock, LAYER, `a link to ${block}, which is none of its blocks`);
      if (found.has(block)) throw new HeapCorruptionError(block, LAYER, "it is on a list of free blocks twice");
      found.add(block);
    }
    return found;
  }

  /** Every superblock is on the list it should be on, of the thread that owns it; its bits, lists and counts agree. */
  check(supply: ExclusiveSupply): void {
    const places = new Map<number, string>();
    const put = (superblock: number, place: string): void => {
      if (places.has(superblock)) throw new HeapCorruptionError(superblock, LAYER, `it is ${places.get(superblock)} and ${place}`);
      places.set(superblock, place);
    };
    supply.abandoned.forEach((stack, c) => stack.nodes((superblock) => put(superblock, abandonedAs(c))));
    for (let slot = 0; slot < this.threads.capacity; slot++) {
      supply.listsOf(slot).check(this.geometry.bytes.length, (superblock, list) => put(superblock, placeOf(slot, list)));
    }
    this.superblocks.pagesDo((page, superblock, c) => {
      if (page !== superblock) return;
      this.checkSuperblock(superblock, c, places.get(superblock));
      places.delete(superblock);
    });
    for (const [superblock, place] of places) throw new HeapCorruptionError(superblock, LAYER, `it is ${place}, and no superblock`);
  }

  private checkSuperblock(superblock: number, c: number, place: string | undefined): void {
    const refuse = (found: string): never => {
      throw new HeapCorruptionError(superblock, LAYER, found);
    };
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    const thread = this.memory.load(this.superblocks.ownerWord(superblock));
    const slot = this.threads.slotOf(thread);
    const full = i32[w + FULL] !== 0;
    // one that a dead thread had in hand is nobody's and nowhere
    const expected = thread === 0 ? abandonedAs(c) : placeOf(slot, full ? FULL_LIST : c);
    if (place !== expected && (thread !== 0 || place !== undefined)) refuse(`it should be ${expected}, and is ${place ?? "nowhere"}; if thread ${thread} has died, reclaim it`);
    const carved = this.carvedOf(superblock, c);
    const free = this.local(superblock, c);
    const bits = this.superblocks.count(superblock, c);
    let live = 0;
    for (let i = 0; i < carved; i++) {
      const block = superblock + this.geometry.first[c] + i * this.geometry.blockBytes[c];
      const isLive = this.superblocks.liveOffset(superblock, c, block) >= 0;
      if (isLive) live++;
      if (isLive === free.has(block)) refuse(`the block at ${block} is ${isLive ? "live, and" : "neither live nor"} on the list of free ones`);
    }
    if (live !== bits.live) refuse(`${bits.live} live bits are set, for ${live} blocks`);
    if (bits.astray !== 0) refuse(`${bits.astray} blocks that are not live have been freed by others`);
    if (live !== i32[w + USED]) refuse(`${live} blocks are used, and ${i32[w + USED]} are counted`);
  }
}

function placeOf(slot: number, list: number): string {
  return list === FULL_LIST ? `on the list of full ones of slot ${slot}` : `on list ${list} of slot ${slot}`;
}

function abandonedAs(c: number): string {
  return `abandoned as one of class ${c}`;
}
