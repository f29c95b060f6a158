/**
 * Blocks that were freed by threads which could not get the heap's lock in time, in wait for its next holder. A stack:
 * any thread pushes, only the holder of the lock pops. Because there is one popper at a time, a block that it sees on
 * top cannot leave and come back meanwhile, so a plain compare-and-swap is safe and no tag is needed. Blocks are popped
 * one by one, not all at once: if the popper dies, it has one block in hand.
 *
 * The lowest bit of the head is the knock: "look after this heap once you have its lock". Blocks are 16-byte aligned,
 * so it never is part of an address. Who releases the lock looks at the head afterwards; who pushes or knocks tries
 * the lock afterwards. One of the two sees the other, so nothing is left waiting while nobody holds the lock.
 *
 * A block on the stack is live and marked pending, which keeps its superblock where it is. Its first word is the link.
 */
import type { Memory } from "@heapwright/core";

const KNOCK = 1;

/** Whether there is a pending block at `address`, for links read from blocks that a program may have written to. */
export type IsPending = (address: number) => boolean;

export class DelayedFrees {
  /** @param w the head's word, zero at first */
  constructor(
    private readonly memory: Memory,
    private readonly w: number,
  ) {}

  /** Any thread; the block is marked pending and nobody else's to push. */
  push(block: number): void {
    const { memory, w } = this;
    for (;;) {
      const head = memory.load(w);
      memory.i32[block >>> 2] = head & ~KNOCK;
      // Success publishes the block and its link. Failure: another push, a pop or a knock came first; link to that head.
      if (memory.cas(w, head, block | (head & KNOCK))) return;
    }
  }

  /** Any thread: asks the next holder of the lock to look after the heap. */
  knock(): void {
    this.memory.or(this.w, KNOCK);
  }

  /** The holder of the lock answers the knock. */
  hush(): void {
    this.memory.and(this.w, ~KNOCK);
  }

  /** Whether something waits for the next holder. Atomic, for the one who has just released the lock. */
  isWaiting(): boolean {
    return this.memory.load(this.w) !== 0;
  }

  /** The same, for the one who has just got the lock: what it misses, it sees after its release. */
  seemsWaiting(): boolean {
    return this.memory.racyLoad(this.w) !== 0;
  }

  /** The block that was pushed last, or 0, as of a moment ago. */
  top(): number {
    return (this.memory.load(this.w) & ~KNOCK) >>> 0;
  }

  /** The holder of the lock only. @returns the block pushed last; 0 when there is none */
  pop(isPending: IsPending): number {
    const { memory, w } = this;
    for (;;) {
      const head = memory.load(w);
      const block = (head & ~KNOCK) >>> 0;
      if (block === 0) return 0;
      if (block >= memory.end) memory.reach(block);
      const link = memory.i32[block >>> 2] >>> 0;
      // a link that leads nowhere, or back, was overwritten by the program; the blocks behind it stay pending for ever
      const next = link !== block && isPending(link) ? link : 0;
      // Success takes the block off; it is ours. Failure: somebody pushed or knocked; read the head again.
      if (memory.cas(w, head, next | (head & KNOCK))) return block;
    }
  }
}
