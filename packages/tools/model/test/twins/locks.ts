/** Locks with one thing wrong each. */
import type { Memory } from "@heapwright/core";
import { FutexLock, SpinLock } from "@heapwright/sync";
import { HEAD } from "../scenarios/case.js";
import { guarded, lockScenario } from "../scenarios/locks.js";
import { changed, twinOf, type Twin } from "./twin.js";

const W = HEAD >>> 2;

/** Takes a lock by a load and a store. */
class StoringLock extends SpinLock {
  override tryAcquire(): boolean {
    if (this.memory.load(W) !== 0) return false;
    this.memory.store(W, this.threadId);
    return true;
  }
}

/** Releases before what it guards is done, as far as others can tell: it was never taken. */
class SharedLock extends SpinLock {
  override tryAcquire(): boolean {
    const holder = this.memory.load(W);
    // Success makes us a holder. Failure: somebody else changed the word.
    return this.memory.cas(W, holder, this.threadId);
  }

  override release(): void {
    this.memory.store(W, 0);
  }
}

/** Wakes nobody. */
const silent = (memory: Memory, id: number): FutexLock => new FutexLock(changed(memory, { notify: () => {} }), HEAD, id);

/** Sleeps without a mark. */
class Unmarked extends FutexLock {
  protected override wait(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      const seen = this.memory.load(W);
      if (seen === 0 && this.tryAcquire()) return true;
      if (seen !== 0) this.memory.wait(W, seen, 1);
    }
    return this.tryAcquire();
  }
}

/** Takes the lock without the mark after it has slept, though others may be asleep. */
class DropsMark extends FutexLock {
  protected override wait(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      const seen = this.memory.load(W);
      if (seen === 0) {
        if (this.tryAcquire()) return true;
        continue;
      }
      const marked = seen | (1 << 31);
      // Success makes the release notify. Failure: the lock changed hands; look again.
      if (seen === marked || this.memory.cas(W, seen, marked)) this.memory.wait(W, marked, 1);
    }
    return this.tryAcquire();
  }
}

/** Releases plainly. */
class PlainRelease extends SpinLock {
  override release(): void {
    this.memory.i32[W] = 0;
  }
}

/** Wakes a sleeper before the lock is free. */
class EarlyNotice extends FutexLock {
  override release(): void {
    const { memory, threadId } = this;
    memory.notify(W, 1);
    // Success publishes what was done under the lock. Failure: somebody may be asleep.
    if (!memory.cas(W, threadId, 0)) memory.store(W, 0);
  }
}

const once = guarded(1);

export const LOCK_TWINS: readonly Twin[] = [
  twinOf("spin lock that is taken by a store", "data race", lockScenario("two threads", (memory, id) => new StoringLock(memory, HEAD, id), [once, once])),
  twinOf("spin lock that lets everybody in", "data race", lockScenario("two threads", (memory, id) => new SharedLock(memory, HEAD, id), [once, once])),
  twinOf("spin lock that is released plainly", "data race", lockScenario("two threads", (memory, id) => new PlainRelease(memory, HEAD, id), [once, once])),
  twinOf("futex lock that notifies before it is free", "deadlock", lockScenario("two threads", (memory, id) => new EarlyNotice(memory, HEAD, id), [once, once]), { looks: 9, timeouts: "never" }),
  twinOf("futex lock that wakes nobody", "deadlock", lockScenario("two threads", silent, [once, once]), { looks: 9, timeouts: "never" }),
  twinOf("futex lock that sleeps without a mark", "deadlock", lockScenario("two threads", (memory, id) => new Unmarked(memory, HEAD, id), [once, once]), { timeouts: "never" }),
  twinOf("futex lock that drops the mark", "deadlock", lockScenario("three threads", (memory, id) => new DropsMark(memory, HEAD, id), [once, once, once]), { timeouts: "never" }),
  twinOf("spin lock, asked for progress that it does not promise", "held up", lockScenario("two threads", (memory, id) => new SpinLock(memory, HEAD, id), [once, once]), { progress: "alone" }),
  twinOf("futex lock whose dead holder nobody inherits from", "livelock", { ...lockScenario("two threads, one is killed", (memory, id) => new FutexLock(memory, HEAD, id), [once, once]), end: () => {} }, { deaths: 1, steps: 500 }),
];
