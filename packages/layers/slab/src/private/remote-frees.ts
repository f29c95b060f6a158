/**
 * Blocks that are freed by threads that do not own them. The thread that frees keeps them in chains, one for each of a few
 * pages, and sends a chain to its page by two atomic operations; the page's owner takes all of what has arrived by one
 * more. So few atomics are paid for many blocks (as in snmalloc, Lietar et al. 2019), and they may come from anybody, and
 * change owners on their way.
 *
 * Protocol of a page's `remote` word: head of a chain whose blocks are linked through their first words. Anybody puts a
 * chain in front by CAS; only the owner takes, and takes all, by exchange. So no ABA: what the CAS compares with is linked to
 * the chain's end before it, whatever has happened meanwhile. To their owner, blocks on a chain are live until it collects
 * them; and what a chain says is believed only where a live bit agrees.
 *
 * Whoever has put a chain somewhere adds one to a count of all, behind the CAS: an owner that reads the count anew, and then looks at a
 * page, finds what was counted. Who dies between the two has his chain counted by whoever reclaims him.
 */
import type { Memory } from "@heapwright/core";
import { pageOf, PRIVATE_PAGE } from "./private-layout.js";
import { BATCH, BATCHES, PRIVATE_ROW, type ThreadRow } from "./thread-row.js";

const REMOTE = PRIVATE_PAGE.remote;
const { page: PAGE, head: HEAD, tail: TAIL, weight: WEIGHT } = BATCH;
/** A chain is sent when it has so many bytes; and, since each block counts as some, when it has 32 blocks. */
const BATCH_BYTES = 16384;
const LEAST_BYTES = BATCH_BYTES / 32;
const SENDING = -1;
/** More blocks than a page has. */
const LONGEST = 4096;

/** A const enum for the same reason as `Cursor` of cursors.ts. */
export const enum Freed {
  /** Second word of a block that is on a chain: its address, changed in a way that no program is likely to write. */
  mark = 0x3ad0b10c,
}

export class RemoteFrees {
  /** @param sent word of the count of chains */
  constructor(
    private readonly memory: Memory,
    private readonly row: ThreadRow,
    private readonly sent: number,
  ) {}

  /** Chains that have been sent to anybody, at least; it wraps. The same as before: none has been counted since. */
  count(): number {
    return this.memory.load(this.sent);
  }

  /** Keeps a live block of another thread's page, to be sent to its owner. Only for a thread with a row. */
  keep(block: number, bytes: number): void {
    const { i32 } = this.memory;
    const page = pageOf(block);
    const b = this.row.word(PRIVATE_ROW.batches + ((page >>> 16) % BATCHES) * 4);
    if (i32[b + PAGE] >>> 0 !== page) {
      this.send(b);
      i32[b + TAIL] = block;
      i32[b + PAGE] = page;
    }
    i32[(block >>> 2) + 1] = block ^ Freed.mark;
    i32[block >>> 2] = i32[b + HEAD];
    i32[b + HEAD] = block;
    i32[b + WEIGHT] += bytes > LEAST_BYTES ? bytes : LEAST_BYTES;
    if (i32[b + WEIGHT] >= BATCH_BYTES) this.send(b);
  }

  /** Sends all that this thread keeps. */
  sendAll(): void {
    for (let i = 0; i < BATCHES; i++) this.send(this.row.word(PRIVATE_ROW.batches + i * 4));
  }

  private send(b: number): void {
    const { i32 } = this.memory;
    if (i32[b + HEAD] !== 0) {
      i32[b + WEIGHT] = SENDING;
      this.put(i32[b + PAGE] >>> 0, i32[b + HEAD] >>> 0, i32[b + TAIL] >>> 0);
    }
    i32[b + HEAD] = 0;
    i32[b + PAGE] = 0;
    i32[b + WEIGHT] = 0;
  }

  /** Sends one block by itself. */
  sendOne(block: number): void {
    this.memory.i32[(block >>> 2) + 1] = block ^ Freed.mark;
    this.put(pageOf(block), block, block);
  }

  private put(page: number, head: number, tail: number): void {
    const w = (page >>> 2) + REMOTE;
    for (;;) {
      const first = this.memory.load(w);
      this.memory.i32[tail >>> 2] = first;
      // Success publishes the chain, and gives its blocks to the owner. Failure: others have sent, or the owner has taken.
      if (this.memory.cas(w, first, head)) break;
    }
    this.announce();
  }

  private announce(): void {
    this.memory.add(this.sent, 1);
  }

  /** Whether anything has arrived. Racy. */
  any(page: number): boolean {
    return this.memory.racyLoad((page >>> 2) + REMOTE) !== 0;
  }

  /**
   * The owner takes what has arrived. What is no longer live, because it was freed twice, is passed over. The steps of
   * {@link follow} in its own lines: who allocates waits for this, and through one more function a block took longer.
   * @param visit is told each block; it may be none that is live
   */
  take(page: number, visit: (block: number) => void): void {
    const { memory } = this;
    let block = memory.exchange((page >>> 2) + REMOTE, 0) >>> 0;
    for (let left = LONGEST; left > 0 && this.isLinked(block, page); left--) {
      const next = memory.racyLoad(block >>> 2) >>> 0;
      memory.i32[(block >>> 2) + 1] = 0;
      visit(block);
      block = next;
    }
  }

  /** Follows a chain as far as it can be one. */
  private follow(first: number, page: number, visit: (block: number) => void): void {
    let block = first >>> 0;
    for (let left = LONGEST; left > 0 && this.isLinked(block, page); left--) {
      const next = this.memory.racyLoad(block >>> 2) >>> 0;
      visit(block);
      block = next;
    }
  }

  /**
   * Whether an address to which a chain of a page leads is that of a block which is on one. Links stand in blocks that a program
   * may have overwritten, or that belong to somebody again because they were freed twice: then the mark is gone, or the link leads out of the page.
   */
  private isLinked(block: number, page: number): boolean {
    return block !== 0 && pageOf(block) === page && (block & 15) === 0 && this.memory.racyLoad((block >>> 2) + 1) === (block ^ Freed.mark);
  }

  /** Whether a live block has been freed already, and is on its owner's chain or on some thread's. Racy. */
  isOnItsWay(block: number): boolean {
    if (this.memory.racyLoad((block >>> 2) + 1) !== (block ^ Freed.mark)) return false;
    let found = false;
    const look = (other: number): unknown => (found ||= other === block);
    this.pendingIn(pageOf(block), look);
    if (!found) this.row.rowsDo((row) => this.keptIn(row, look));
    return found;
  }

  /** Visits the blocks that have arrived at a page. Racy. */
  pendingIn(page: number, visit: (block: number) => void): void {
    this.follow(this.memory.racyLoad((page >>> 2) + REMOTE), page, visit);
  }

  /** Visits the blocks that the thread of a row keeps. Racy. */
  keptIn(row: number, visit: (block: number) => void): void {
    const { memory } = this;
    for (let i = 0; i < BATCHES; i++) {
      const b = (row >>> 2) + PRIVATE_ROW.batches + i * 4;
      const page = memory.racyLoad(b + PAGE) >>> 0;
      if (page !== 0 && page < memory.end) this.follow(memory.racyLoad(b + HEAD), page, visit);
    }
  }

  /**
   * Sends what a dead thread kept. A chain that it was just sending may have arrived and be somebody's by now: its
   * blocks stay as they are, and it is counted, perhaps once more.
   * @param row of the thread, or 0
   * @param isLive whether a live block begins at an address
   */
  sendFor(row: number, isLive: (block: number) => boolean): void {
    const { memory } = this;
    this.announce();
    if (row === 0) return;
    for (let i = 0; i < BATCHES; i++) {
      const b = (row >>> 2) + PRIVATE_ROW.batches + i * 4;
      const page = memory.i32[b + PAGE] >>> 0;
      const first = memory.i32[b + HEAD];
      const sending = memory.i32[b + WEIGHT] === SENDING;
      memory.i32.fill(0, b, b + 4);
      if (sending || page === 0 || !memory.reach(page)) continue;
      const blocks = new Set<number>();
      this.follow(first, page, (block) => isLive(block) && blocks.add(block));
      for (const block of blocks) this.sendOne(block);
    }
  }
}
