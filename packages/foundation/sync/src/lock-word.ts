/**
 * What spin lock and futex lock have in common: a word that is 0 while the lock is free and otherwise holds the
 * holder's id, a positive number, to which the futex lock adds the sign bit while threads sleep.
 *
 * Protocol. 0 -> id by CAS of the thread that takes it; id -> 0 by the same thread; id -> another id by CAS of a thread
 * that inherits from a dead one. What the lock guards is published by the release and seen by the next CAS from 0, or
 * by the CAS that inherits, as far as the dead thread had got.
 *
 * A holder that dies leaves its id in the word. Nobody gets in until somebody inherits; whoever waits does so with a
 * time-out and looks again. A thread that dies while it inherits has become the holder, and can be inherited from in
 * turn.
 */
import { HeapCorruptionError, i32, struct, type Memory } from "@heapwright/core";
import { Backoff } from "./backoff.js";
import type { Lock } from "./lock.js";

export const LOCK = struct("Lock", {
  /** 0: free; else id of the holder, with the sign bit while others may sleep. CAS by whoever takes, marks or inherits it */
  word: i32(),
}, { align: 128 });

/** The sign bit: somebody may be asleep, and the release has to notify. Only the futex lock sets it. */
export const WAITERS = 1 << 31;

export abstract class LockWord implements Lock {
  protected readonly w: number;
  protected readonly backoff: Backoff;

  /**
   * @param address of {@link LOCK}, or of any word within every thread's views; zero is a free lock
   * @param threadId of the calling thread, 1 to 2^31 - 1
   */
  constructor(
    protected readonly memory: Memory,
    protected readonly address: number,
    protected readonly threadId: number,
  ) {
    this.w = (address >>> 2) + LOCK.word;
    this.backoff = new Backoff(memory);
  }

  /** Takes the lock within so many rounds, after the first attempt has failed. */
  protected abstract wait(rounds: number): boolean;

  abstract release(): void;

  tryAcquire(): boolean {
    // Success makes us the holder. Failure: another thread is.
    return this.memory.cas(this.w, 0, this.threadId);
  }

  acquire(): void {
    if (this.tryAcquire()) return;
    if (this.holder() === this.threadId) this.misused("a thread waits for the lock that it holds itself");
    this.wait(Infinity);
  }

  acquireWithin(rounds: number): boolean {
    // Success makes us the holder. Failure: another thread is.
    return this.memory.cas(this.w, 0, this.threadId) || this.wait(rounds);
  }

  holder(): number {
    const seen = this.memory.load(this.w);
    // a mark on a lock that nobody holds is damage: no thread's id, so that whoever asks sees it
    return seen & ~WAITERS || seen;
  }

  inherit(deadId: number): boolean {
    if (deadId <= 0) return false;
    const { memory, w, threadId } = this;
    for (;;) {
      const seen = memory.load(w);
      if ((seen & ~WAITERS) !== deadId) return false;
      // Success makes us the holder; the mark stays. Failure: somebody set the mark, or another thread inherited.
      if (memory.cas(w, seen, threadId | (seen & WAITERS))) return true;
    }
  }

  breakIfHeldBy(deadId: number): boolean {
    const inherited = this.inherit(deadId);
    if (inherited) this.release();
    return inherited;
  }

  protected misused(found: string): never {
    throw new HeapCorruptionError(this.address, "Lock", found);
  }
}
