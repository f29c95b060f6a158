/**
 * The superblocks of this thread, and where it gets further ones. It goes on to the next of its class; looks whether others
 * have freed blocks of its full ones; adopts what threads that have gone left behind; acquires a new one; and
 * before it says that there is no memory, it does the first three for all there is.
 *
 * What is full is not watched. For each superblock that a thread needs anew, it looks at the next {@link VISITS} of its
 * full ones, in turn. So memory that others free comes back without anybody telling, and between two looks at the same
 * superblock a thread acquires at most one for every {@link VISITS} that it holds. A thread that needs nothing does not
 * look: what others free to it stays with it until it does, or leaves.
 */
import { i32, struct, type Memory, type Progress, type Root } from "@heapwright/core";
import { TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { EXCLUSIVE_SUPERBLOCK, type ExclusiveGeometry } from "./exclusive-geometry.js";
import type { ExclusiveSuperblocks } from "./exclusive-superblocks.js";
import { PrivateLists, rowBytes } from "./private-lists.js";

export const EXCLUSIVE_SUPPLY = struct("ExclusiveSupply", {
  /** headers and bits of all superblocks; atomic add */
  headerBytes: i32(),
}, { align: 128 });

const { local: LOCAL, used: USED, full: FULL } = EXCLUSIVE_SUPERBLOCK;
/** Full superblocks, and abandoned ones of the class, that are looked at before a new one is acquired. */
const VISITS = 4;

export class ExclusiveSupply {
  readonly progress: Progress;
  readonly lists: PrivateLists;
  /** Per class, the superblocks that nobody owns. */
  readonly abandoned: readonly TaggedStack[];
  private readonly memory: Memory;
  private readonly thread: number;
  private readonly sumWord: number;
  private readonly rows: number;
  private readonly count: number;
  private turn = 0;

  constructor(
    private readonly root: Root,
    private readonly superblocks: ExclusiveSuperblocks,
    private readonly geometry: ExclusiveGeometry,
  ) {
    this.memory = root.memory;
    this.thread = root.threads.id;
    this.count = geometry.bytes.length;
    this.sumWord = (root.claimStruct(EXCLUSIVE_SUPPLY) >>> 2) + EXCLUSIVE_SUPPLY.headerBytes;
    const stacks = root.claimStruct(TAGGED_STACK, this.count);
    const shape = { linkOffset: EXCLUSIVE_SUPERBLOCK.link * 4 };
    this.abandoned = Array.from({ length: this.count }, (_, c) => new TaggedStack(root.memory, stacks + c * TAGGED_STACK.bytes, shape));
    this.rows = root.claim("ExclusiveRows", rowBytes(this.count) * root.threads.capacity, 128);
    this.lists = this.listsOf(root.threads.slot);
    this.progress = this.abandoned[0].progress;
  }

  listsOf(slot: number): PrivateLists {
    return new PrivateLists(this.memory, this.rowWord(slot));
  }

  private rowWord(slot: number): number {
    return (this.rows + slot * rowBytes(this.count)) >>> 2;
  }

  /** May be asked at any time; a death while superblocks came or went leaves it off by one header. */
  headerBytes(): number {
    return Math.max(0, this.memory.load(this.sumWord));
  }

  /** A superblock of ours has become empty, or is no longer full. */
  relist(c: number, superblock: number): void {
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    if (i32[w + FULL] !== 0) {
      this.lists.remove(c, superblock);
      this.lists.add(c, superblock);
    }
    // the one in use is kept, so that a malloc and a free at its edge do not acquire and release it each time
    if (i32[w + USED] === 0 && this.lists.first(c) !== superblock) {
      this.lists.remove(c, superblock);
      this.release(superblock, c);
    }
  }

  /** Makes the superblock in use for class `c` one with a free block. @returns false when there is no memory */
  refill(c: number): boolean {
    if (this.advance(c)) return true;
    this.revisit(VISITS);
    if (this.advance(c)) return true;
    this.adopt(c, VISITS);
    if (this.advance(c)) return true;
    this.adopt(this.nextClass(), 1);
    if (this.advance(c) || this.acquire(c)) return true;
    this.collect();
    return this.advance(c) || this.acquire(c);
  }

  /** Goes on to the first superblock of class `c` that has a free block; those before it are full. */
  private advance(c: number): boolean {
    for (;;) {
      const superblock = this.lists.first(c);
      if (superblock === 0) return false;
      if (this.memory.i32[(superblock >>> 2) + LOCAL] !== 0) return true;
      if (this.superblocks.collect(superblock, c) || this.superblocks.carve(superblock, c)) return true;
      this.lists.remove(c, superblock);
      this.lists.addFull(superblock);
    }
  }

  private acquire(c: number): boolean {
    const superblock = this.superblocks.acquire(c, this.thread);
    if (superblock === 0) return false;
    this.memory.add(this.sumWord, this.geometry.first[c]);
    this.lists.add(c, superblock);
    return this.superblocks.carve(superblock, c);
  }

  private release(superblock: number, c: number): void {
    this.memory.add(this.sumWord, -this.geometry.first[c]);
    this.superblocks.release(superblock, c);
  }

  /** Looks whether others have freed blocks of the next `count` full superblocks. */
  private revisit(count: number): void {
    const last = this.lists.lastFull();
    for (let i = 0; i < count; i++) {
      const superblock = this.lists.firstFull();
      if (superblock === 0) return;
      const c = this.superblocks.classOf(superblock);
      this.lists.remove(c, superblock);
      this.place(c, superblock);
      if (superblock === last) return;
    }
  }

  /** Classes in turn, so that what was abandoned is found empty some time though nobody wants its class. */
  private nextClass(): number {
    this.turn = (this.turn + 1) % this.count;
    return this.turn;
  }

  /** Takes over up to `count` superblocks of class `c` that threads have left behind. */
  private adopt(c: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const superblock = this.abandoned[c].pop();
      if (superblock === 0) return;
      this.memory.reach(superblock + this.geometry.bytes[c] - 1);
      this.memory.store(this.superblocks.ownerWord(superblock), this.thread);
      this.superblocks.freed.suspectAll(superblock);
      this.place(c, superblock);
    }
  }

  /** Puts a superblock of ours that is on no list where it belongs. */
  private place(c: number, superblock: number): void {
    const { i32 } = this.memory;
    const w = superblock >>> 2;
    this.superblocks.collect(superblock, c);
    if (i32[w + USED] === 0) this.release(superblock, c);
    else if (this.superblocks.isFull(superblock, c)) this.lists.addFull(superblock);
    else this.lists.add(c, superblock);
  }

  /**
   * The last resort before memory is said to be exhausted: all that others have freed, all that was abandoned, and the
   * superblocks that are kept empty.
   */
  collect(): void {
    this.revisit(Infinity);
    for (let c = 0; c < this.count; c++) {
      this.adopt(c, Infinity);
      this.collectListed(c);
    }
  }

  private collectListed(c: number): void {
    for (let superblock = this.lists.first(c), next = 0; superblock !== 0; superblock = next) {
      next = this.lists.next(superblock);
      this.superblocks.collectAll(superblock, c);
      if (this.memory.i32[(superblock >>> 2) + USED] !== 0) continue;
      this.lists.remove(c, superblock);
      this.release(superblock, c);
    }
  }

  leave(): void {
    for (let c = 0; c < this.count; c++) {
      for (let superblock = this.lists.first(c); superblock !== 0; superblock = this.lists.first(c)) this.abandonListed(c, superblock);
    }
    for (let superblock = this.lists.firstFull(); superblock !== 0; superblock = this.lists.firstFull()) {
      this.abandonListed(this.superblocks.classOf(superblock), superblock);
    }
  }

  private abandonListed(c: number, superblock: number): void {
    this.lists.remove(c, superblock);
    this.superblocks.collectAll(superblock, c);
    this.abandon(c, superblock, this.memory.i32[(superblock >>> 2) + USED]);
  }

  private abandon(c: number, superblock: number, used: number): void {
    if (used === 0) return this.release(superblock, c);
    // nobody's from here on: whoever pops it from the stack becomes its owner
    this.memory.store(this.superblocks.ownerWord(superblock), 0);
    this.abandoned[c].push(superblock);
  }

  /**
   * Abandons what a dead thread owned, after taking stock of it. What it had abandoned but not pushed, or popped but not
   * made its own, or begun to release, stays nobody's: at most one superblock.
   */
  reclaim(threadId: number, slot: number): void {
    const { memory } = this;
    memory.reach(Number.MAX_SAFE_INTEGER);
    const row = this.rowWord(slot);
    memory.i32.fill(0, row, row + rowBytes(this.count) / 4);
    this.superblocks.ownedBy(threadId, (superblock, c) => {
      if (!this.superblocks.releasePart(superblock, c)) this.abandon(c, superblock, this.superblocks.rebuild(superblock, c));
    });
  }
}
