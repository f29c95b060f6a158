/** The lock that threads tests share, and what it guards. */
import type { Memory } from "@heapwright/core";
import { FutexLock, SpinLock, type Lock } from "@heapwright/sync";

export type LockName = "spin" | "futex";

const ADDRESS = 128;

/** Words that are equal whenever the lock is free and nobody has died. */
export const FIRST = 64;
export const SECOND = 65;
/** Word in which workers count that they have started. */
export const STARTED = 80;
/** Word in which a worker says that it holds the lock for good. */
export const HELD = 81;

export function makeLock(name: LockName, memory: Memory, threadId: number): Lock {
  return new (name === "spin" ? SpinLock : FutexLock)(memory, ADDRESS, threadId);
}
