/**
 * Makes an allocator that serves one thread at a time usable by all: one lock around each call. Whoever holds the lock
 * owns every word of the allocator inside.
 *
 * Nobody waits without a bound for a thread that has died inside, where that can be helped. A request for which the lock
 * shows no sign of life for about a second is answered as if there were no memory. A free does not wait as long and
 * is deferred: the address goes into a table, and the next thread that gets the lock frees what stands there; only a
 * full table makes it wait. An address that is none is then dropped without a word. The size of a block, for which there is
 * no such answer, is told as less than 0: who moves blocks gives up then, and who wants a number asks again.
 *
 * A thread that dies inside leaves the lock in its name. `reclaim` takes the lock over, lets the allocator inside repair
 * itself, and only then lets others in.
 */
import { HeapCorruptionError, InvalidAddressError, type Allocator, type Visit } from "@heapwright/core";
import type { Lock } from "@heapwright/sync";
import type { DeferredFrees } from "./deferred-frees.js";
import { Wrapper } from "./wrapper.js";

/** Rounds of backing off before a request gives up: all but the first few are sleeps of 4 ms. Longer than a holder's garbage collection, or than it may have to wait for a processor. */
const PATIENCE = 250;
/** Rounds where little depends on it: a free is deferred, and what is asked of a quiescent heap finds a lock free or in the hands of the dead. */
const LITTLE_PATIENCE = 50;

export class Locked extends Wrapper {
  /** Whether this thread holds the lock to look at all there is, so that a visitor which calls the heap would wait for itself. */
  private looking = false;

  constructor(
    inner: Allocator,
    private readonly lock: Lock,
    private readonly deferred: DeferredFrees,
  ) {
    super(inner, "blocking");
  }

  /** Written out, as {@link free} is, and not by {@link inside}: a closure for each call is dear on the way of every block. */
  override allocate(bytes: number): number {
    if (!this.lock.acquireWithin(PATIENCE)) {
      this.refuseVisitor();
      return 0;
    }
    try {
      if (this.deferred.areWaiting()) this.freeAllDeferred();
      return this.inner.allocate(bytes);
    } finally {
      this.lock.release();
    }
  }

  override allocateAligned(alignment: number, bytes: number): number {
    return this.patiently(() => this.inner.allocateAligned(alignment, bytes), 0);
  }

  override free(address: number): void {
    do {
      if (this.lock.acquireWithin(LITTLE_PATIENCE)) {
        try {
          if (this.deferred.areWaiting()) this.freeAllDeferred();
          return this.inner.free(address);
        } finally {
          this.lock.release();
        }
      }
      this.refuseVisitor();
      if (!this.inner.owns(address)) throw new InvalidAddressError(address, "its page holds no blocks");
    } while (!this.deferred.push(address));
  }

  override usableSize(address: number): number {
    return this.patiently(() => this.inner.usableSize(address), -1);
  }

  /** Runs `work` with the lock held, after what was deferred: for what else the allocator inside can do. Waits for the lock. */
  exclusively<T>(work: () => T): T {
    this.refuseVisitor();
    this.lock.acquire();
    return this.inside(work);
  }

  override resize(address: number, bytes: number): boolean {
    return this.patiently(() => this.inner.resize(address, bytes), false);
  }

  /** Runs `work` with the lock held. @returns `otherwise` if the lock is not to be had in time */
  protected patiently<T>(work: () => T, otherwise: T): T {
    if (this.lock.acquireWithin(PATIENCE)) return this.inside(work);
    this.refuseVisitor();
    return otherwise;
  }

  /** Asked when the lock was not to be had, or would be waited for without an end. */
  private refuseVisitor(): void {
    if (this.looking) throw new Error("a visitor of walk must not call its heap: this thread holds the lock");
  }

  override walk(visit: Visit): void {
    this.whileQuiet(() => this.inner.walk(visit));
  }

  override check(): void {
    this.whileQuiet(() => this.inner.check());
  }

  /** In a quiescent heap nobody holds the lock; to wait for nobody would be to hang. */
  private whileQuiet(work: () => void): void {
    if (!this.lock.acquireWithin(LITTLE_PATIENCE)) {
      this.refuseVisitor();
      throw new HeapCorruptionError(0, "Locked", `thread ${this.lock.holder()} holds the lock: it has died inside and was not reclaimed, or the lock was overwritten`);
    }
    this.looking = true;
    try {
      this.inside(work);
    } finally {
      this.looking = false;
    }
  }

  /**
   * Of a thread that did not hold the lock there is nothing half done inside. So who finds it in the name of another one,
   * which may be dead too, does not wait for that one's turn.
   */
  override reclaim(threadId: number, slot: number): void {
    if (this.lock.inherit(threadId)) this.repair(threadId, slot);
    else if (this.lock.acquireWithin(LITTLE_PATIENCE)) this.inside(() => this.inner.reclaim(threadId, slot));
  }

  /** A thread has died inside: nothing is freed, or asked for, before that is repaired. */
  private repair(threadId: number, slot: number): void {
    try {
      this.inner.reclaim(threadId, slot);
      this.freeAllDeferred();
    } finally {
      this.lock.release();
    }
  }

  override leave(): void {
    this.patiently(() => this.inner.leave(), undefined);
  }

  /** Runs `work` and gives the lock back, whatever happens. The calling thread holds it. */
  private inside<T>(work: () => T): T {
    try {
      if (this.deferred.areWaiting()) this.freeAllDeferred();
      return work();
    } finally {
      this.lock.release();
    }
  }

  private freeAllDeferred(): void {
    this.deferred.drain((address) => this.freeDeferred(address));
  }

  /** A wrong address could not be refused when it was deferred; nobody is left to tell. */
  private freeDeferred(address: number): void {
    try {
      this.inner.free(address);
    } catch (error) {
      if (!(error instanceof InvalidAddressError)) throw error;
    }
  }
}
