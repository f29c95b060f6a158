/**
 * A lock for a few dozen instructions: whoever finds it taken looks again after a pause that grows. Taking and giving
 * back is one CAS each, and there is nobody to notify. Not fair: the thread that happens to look next gets it.
 */
import { LockWord } from "./lock-word.js";

export class SpinLock extends LockWord {
  protected wait(rounds: number): boolean {
    const { memory, w, backoff } = this;
    backoff.reset();
    for (let round = 0; round < rounds; round++) {
      // Looks before it tries: a CAS that fails takes the cache line from the holder all the same.
      const seen = memory.load(w);
      if (seen !== 0) backoff.pause(w, seen);
      else if (this.tryAcquire()) return true;
    }
    return this.tryAcquire();
  }

  release(): void {
    // Success publishes what was done under the lock. Failure: we are not the holder, and change nothing.
    if (!this.memory.cas(this.w, this.threadId, 0)) this.misused("a lock was released by a thread that does not hold it");
  }
}
