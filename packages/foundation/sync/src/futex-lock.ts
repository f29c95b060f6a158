/**
 * A lock that may be held for longer: whoever finds it taken spins a little and then sleeps until it is notified
 * (Drepper, "Futexes are tricky", 2004, the mutex of three states, here free, held, and held while others may sleep).
 * The sign bit of the word says that somebody may be asleep; without it a release notifies nobody and costs one CAS.
 * Not fair.
 *
 * Why no wake-up is lost: a thread sets the mark before it sleeps, and sleeps only if the word is still what it saw,
 * mark included. The release that ends such a word finds the mark and wakes one sleeper. That clears the mark though
 * others may sleep, so whoever has slept takes the lock with the mark set, or sets it on the word of a thread that was
 * quicker before it sleeps again or gives up. So while anybody sleeps, the word is marked, or a thread that will mark
 * it is awake.
 *
 * The exceptions are why all sleeps have a time-out: a woken thread that dies before it has marked the word, or gives
 * up in the very moment in which the word changes under it. Sleepers then wake late, and look again. A thread that
 * wakes for no reason looks again as well; a sleeper that dies leaves a mark, which costs one notification that nobody
 * hears.
 *
 * Whoever has slept and finds another word than it slept on has a sign of life: the lock was released meanwhile, even if
 * somebody was quicker to take it again. Only a lock that shows none tries the patience of `acquireWithin`: that a
 * holder is dead and that others are quicker must not look alike. The sleeper then spins again before it sleeps, as a
 * lock in such demand will be free soon.
 *
 * Where sleeping is not allowed, it is a spin lock that wakes others.
 */
import { LockWord, WAITERS } from "./lock-word.js";

export class FutexLock extends LockWord {
  protected wait(rounds: number): boolean {
    const { memory, w, backoff } = this;
    backoff.reset();
    let mark = 0;
    let sleptOn = 0;
    for (let round = 0; round < rounds; round++) {
      const seen = memory.load(w);
      if (sleptOn !== 0 && seen !== sleptOn) {
        sleptOn = 0;
        round = 0;
        backoff.reset();
      }
      if (seen === 0) {
        // Success makes us the holder, with the mark if we have slept. Failure: another thread was quicker.
        if (memory.cas(w, 0, this.threadId | mark)) return true;
      } else if (!backoff.sleepsNext) {
        backoff.pause(w, seen);
      } else if (this.marks(seen)) {
        mark = WAITERS;
        sleptOn = seen | WAITERS;
        backoff.pause(w, sleptOn);
      }
    }
    return this.lastTry(mark);
  }

  /** Sets the mark on the word of a thread that holds the lock. @returns whether it is set */
  private marks(seen: number): boolean {
    // Success makes the holder's release notify. Failure: the lock was released, marked or inherited; look again.
    return (seen & WAITERS) !== 0 || this.memory.cas(this.w, seen, seen | WAITERS);
  }

  /** Takes the lock if it is free; otherwise leaves the mark for those who slept beside us, if we have slept. */
  private lastTry(mark: number): boolean {
    const seen = this.memory.load(this.w);
    // Success makes us the holder. Failure: another thread was quicker.
    if (seen === 0) return this.memory.cas(this.w, 0, this.threadId | mark);
    if (mark !== 0) this.marks(seen);
    return false;
  }

  release(): void {
    const { memory, w, threadId } = this;
    // Success publishes what was done under the lock. Failure: somebody may be asleep, or we are not the holder.
    if (memory.cas(w, threadId, 0)) return;
    // Success publishes likewise. Failure: we are not the holder, as nobody but the holder takes the mark away.
    if (!memory.cas(w, threadId | WAITERS, 0)) this.misused("a lock was released by a thread that does not hold it");
    memory.notify(w, 1);
  }
}
