// Takes a lock and adds to a pair of counters, plainly, again and again; in the end it may go no further than half-way.
import { workerData } from "node:worker_threads";
import { openMemory, type MemoryHandle } from "@heapwright/core";
import { FIRST, HELD, makeLock, SECOND, STARTED, type LockName } from "./shared-lock.js";

export interface LockWork {
  readonly handle: MemoryHandle;
  readonly lock: LockName;
  readonly threadId: number;
  /** How often to count; Infinity: until killed. */
  readonly times: number;
  /** With this many rounds of `acquireWithin` in place of `acquire`, as often as it takes. */
  readonly rounds?: number;
  /** What to do in the end: "hold" takes the lock once more, leaves what it guards half done, and waits to be killed. */
  readonly end?: "hold";
}

const { handle, lock: name, threadId, times, rounds, end } = workerData as LockWork;
const memory = openMemory(handle);
const lock = makeLock(name, memory, threadId);
memory.add(STARTED, 1);
for (let i = 0; i < times; i++) {
  if (rounds === undefined) lock.acquire();
  else while (!lock.acquireWithin(rounds)) continue;
  memory.i32[FIRST]++;
  memory.i32[SECOND]++;
  lock.release();
}
if (end === "hold") {
  lock.acquire();
  memory.i32[FIRST]++;
  memory.add(HELD, 1);
  memory.wait(HELD, 1, 60_000);
}
