/**
 * The heaps and the rules for entering them. There are 2P heaps, a thread's own is chosen by its slot, and the global
 * heap 0. A thread holds at most one heap's lock, and beside it only the global one, taken second: so nobody waits in
 * a circle.
 *
 * Nobody waits without a bound either, except for a malloc that has found no other way, and that one for nobody who is
 * dead. Who cannot get the lock of a block's owner leaves the block on that heap's delayed frees; who cannot get the
 * global lock to hand over a superblock leaves word that it wants to. The holder finds both after its release, and goes
 * back in to see to it. So while nobody has died and nobody is inside, no free is delayed and every heap keeps the
 * emptiness invariant.
 */
import type { MappedSpans, Memory, Root } from "@heapwright/core";
import { GlobalHeap } from "./global-heap.js";
import { OwnedHeap, type EmptinessPolicy } from "./owned-heap.js";
import { rebuildHeap } from "./repair.js";
import type { Superblocks } from "./superblocks.js";

/** Looks at a lock before another way is taken, each after a longer spin; one more would be a sleep, which is dearer than any other way. */
const ROUNDS = 6;
/** Rounds of waiting for a lock that something depends on; all but the first few are sleeps of 4 ms. */
const PATIENCE = 500;
/** In place of an address: there may be memory, but a lock stood in the way. */
export const BUSY = -1;

export interface HeapPoolOptions extends EmptinessPolicy {
  /** P: there are twice as many heaps. 1 to 1024. */
  readonly processors: number;
}

export class HeapPool {
  readonly global: GlobalHeap;
  /** Number 0 is the global one. */
  readonly heaps: readonly OwnedHeap[];
  /** The calling thread's. */
  readonly home: OwnedHeap;
  /** Heaps that this thread is to look after as soon as it holds no lock. */
  private readonly visits: OwnedHeap[] = [];
  private readonly memory: Memory;
  readonly #isPending = (address: number): boolean => this.isPending(address);

  constructor(
    root: Root,
    spans: MappedSpans,
    private readonly superblocks: Superblocks,
    options: HeapPoolOptions,
  ) {
    this.memory = root.memory;
    this.global = new GlobalHeap(root, spans, superblocks, options);
    const own = Array.from({ length: 2 * options.processors }, (_, i) => new OwnedHeap(root, i + 1, superblocks, options));
    this.heaps = [this.global, ...own];
    this.home = own[root.threads.slot % own.length];
  }

  /** Tries to get a heap's lock. @returns whether it is held now, by a caller that is to {@link leave} */
  enter(heap: OwnedHeap): boolean {
    return heap.lock.acquireWithin(ROUNDS) && this.open(heap);
  }

  /**
   * Waits until a heap's lock is free, or has shown no sign of life for some two seconds. Only where one may wait.
   * @returns whether it became free; if not, its holder has probably died, and nobody has reclaimed it
   */
  waitFor(heap: OwnedHeap): boolean {
    if (!heap.lock.acquireWithin(PATIENCE)) return false;
    if (this.open(heap)) this.leave(heap);
    this.finish();
    return true;
  }

  /**
   * Tries to get the lock of the heap that owns superblock `s`, whose page was ours when the caller looked.
   * @returns undefined when it is not to be had, or there is no such superblock any more
   */
  enterOwnerOf(s: number): OwnedHeap | undefined {
    for (;;) {
      const heap = this.heaps[this.superblocks.ownerOf(s)];
      if (heap === undefined || !this.enter(heap)) return undefined;
      // the superblock may have moved, or its page been given up, while we were getting the lock; under it neither happens
      if (this.superblocks.ownerOf(s) === heap.index && this.global.ownsPage(s)) return heap;
      this.leave(heap);
      if (!this.global.ownsPage(s)) return undefined;
    }
  }

  /** What comes first with a lock just got. Gives it back when the heap is suspect and cannot be repaired now. */
  private open(heap: OwnedHeap): boolean {
    this.global.reachAll();
    if (heap.isSuspect() && !this.repair(heap)) {
      heap.lock.release();
      // our word with the global heap is gone: its lock's holder came for this heap while we still had it, so it is for us to come once more
      if (!this.global.hasCreditor(heap.index)) this.visits.push(heap);
      return false;
    }
    if (heap.delayed.seemsWaiting()) this.settle(heap);
    return true;
  }

  /** The global lock keeps pages and owners where they are meanwhile. */
  private repair(heap: OwnedHeap): boolean {
    if (heap !== this.global && !this.enterFrom(heap)) return false;
    rebuildHeap(heap, this.global, this.superblocks);
    heap.trust();
    // what the dead thread was about to hand over is handed over when the knock is answered
    heap.delayed.knock();
    if (heap !== this.global) this.leave(this.global);
    return true;
  }

  /** Releases the lock. With the last one a thread holds, it is to call {@link finish} too. */
  leave(heap: OwnedHeap): void {
    heap.lock.release();
    if (heap.delayed.isWaiting()) this.visits.push(heap);
    if (heap === this.global && this.global.hasCreditors()) this.callCreditors();
  }

  private callCreditors(): void {
    const creditors = this.global.takeCreditors();
    for (let i = 1; i < this.heaps.length; i++) {
      if ((creditors & (1 << (i & 31))) !== 0) this.call(this.heaps[i]);
    }
  }

  /** Has a heap looked after: by its lock's holder, or by this thread as soon as it holds no lock. */
  call(heap: OwnedHeap): void {
    heap.delayed.knock();
    this.visits.push(heap);
  }

  /** Looks after heaps that others could not get into. The calling thread holds no lock. */
  finish(): void {
    while (this.visits.length !== 0) {
      const heap = this.visits.pop()!;
      // no lock: its holder will see, after the release, what there is to do
      if (heap.lock.tryAcquire() && this.open(heap)) this.leave(heap);
    }
  }

  /** Puts delayed frees back, then tests the emptiness invariant again: it was only tested for frees under the lock. */
  private settle(heap: OwnedHeap): void {
    heap.delayed.hush();
    for (let block = heap.delayed.pop(this.#isPending); block !== 0; block = heap.delayed.pop(this.#isPending)) {
      // one that is no longer pending was put back before: an overwritten link led to it a second time
      if (this.isPending(block)) this.putBack(heap, block);
    }
    if (heap === this.global) return;
    for (let c = 0; c < this.superblocks.geometry.capacity.length; c++) this.shed(heap, c);
  }

  private putBack(heap: OwnedHeap, block: number): void {
    const s = this.superblocks.around(block);
    const owner = this.superblocks.ownerOf(s);
    if (owner === heap.index) {
      const c = this.superblocks.classOf(s);
      heap.givePending(s, c, this.superblocks.numberOf(s, c, block));
    } else {
      // its superblock has moved since
      this.delay(this.heaps[owner], block);
    }
  }

  /** Leaves a pending block with the next one to hold the lock of `heap`, who may be the calling thread. */
  delay(heap: OwnedHeap, block: number): void {
    heap.delayed.push(block);
    this.visits.push(heap);
  }

  /** Whether a block begins at `address` that is freed and not yet put back. */
  isPending(address: number): boolean {
    if (address === 0 || !this.global.ownsPage(address)) return false;
    if (address >= this.memory.end) this.memory.reach(address);
    const s = this.superblocks.around(address);
    const c = this.superblocks.classOf(s);
    const k = this.superblocks.numberOf(s, c, address);
    return k >= 0 && this.superblocks.addressOf(s, c, k) === address && this.superblocks.isPending(s, c, k);
  }

  /**
   * A superblock with room for class `c`, now of `heap`, whose lock is held.
   * @returns 0 when there is no memory, BUSY when the global lock was not to be had
   */
  obtain(heap: OwnedHeap, c: number): number {
    const own = heap.groups.fullest(c);
    if (own !== 0) return own;
    if (!this.enter(this.global)) return BUSY;
    const s = this.global.provide(c);
    if (s !== 0) heap.admit(s, c);
    this.leave(this.global);
    return s;
  }

  /** Restores the emptiness invariant of a heap whose lock is held: section 3.3 of the paper, free, step 7. */
  shed(heap: OwnedHeap, c: number): void {
    if (!heap.hasTooMuch(c) || !this.enterFrom(heap)) return;
    // one suffices after a single free, not after delayed ones
    while (heap.hasTooMuch(c)) this.handOver(heap, heap.groups.emptiest(c), c);
    this.leave(this.global);
  }

  /**
   * Gets the global lock beside that of `heap`, or leaves word, so that its holder sees to it that `heap` is looked
   * after. Tries once more then: the holder may have released it before the word was there.
   */
  private enterFrom(heap: OwnedHeap): boolean {
    if (this.enter(this.global)) return true;
    this.global.addCreditor(heap.index);
    return this.global.lock.tryAcquire() && this.open(this.global);
  }

  private handOver(heap: OwnedHeap, s: number, c: number): void {
    heap.dismiss(s, c);
    this.global.admit(s, c);
  }

  /**
   * Hands over all superblocks without a live block, whatever the invariant says: for when memory has run out.
   * @returns how many there were
   */
  handOverEmpty(): number {
    let count = 0;
    for (const heap of this.heaps) {
      if (heap === this.global || !this.enter(heap)) continue;
      if (this.enter(this.global)) {
        for (let c = 0; c < this.superblocks.geometry.capacity.length; c++) {
          for (let s = heap.groups.empty(c); s !== 0; s = heap.groups.empty(c)) {
            this.handOver(heap, s, c);
            count++;
          }
        }
        this.leave(this.global);
      }
      this.leave(heap);
    }
    this.finish();
    return count;
  }

  /** Takes over the locks that a dead thread holds. Who gets them next, if only this thread right now, repairs what they guard. */
  reclaim(threadId: number): void {
    for (const heap of this.heaps) {
      if (!heap.lock.inherit(threadId)) continue;
      heap.suspect();
      if (this.open(heap)) this.leave(heap);
    }
    // it may also have died between a release and the look at what was waiting
    for (const heap of this.heaps) this.call(heap);
    this.finish();
  }
}
