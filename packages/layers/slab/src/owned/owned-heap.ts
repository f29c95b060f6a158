/**
 * One of Hoard's heaps: superblocks that it owns, in fullness groups, with the statistics u and a per class, all under
 * one lock. A block is taken from the fullest superblock with room, and put back where it came from.
 *
 * Every method but the constructor's business is for the holder of the lock.
 */
import { i32, struct, type Memory, type Root } from "@heapwright/core";
import { FutexLock, type Lock } from "@heapwright/sync";
import { DelayedFrees } from "./delayed-frees.js";
import { FullnessGroups, OWNED_CLASS } from "./fullness-groups.js";
import type { Superblocks } from "./superblocks.js";

export const OWNED_HEAP = struct("OwnedHeap", {
  /** futex lock, holds its holder's thread id; guards this heap's superblocks and all words below but delayed */
  lock: i32(),
  /** 1: a holder died and nothing but owner words, classes and live bits can be believed; set by the one who takes the lock over */
  suspect: i32(),
  /** top of the blocks freed without the lock, and the knock bit; changed by compare-and-swap */
  delayed: i32(),
}, { align: 128 });

/** What decides when a heap holds too much, section 3.1 of the paper. */
export interface EmptinessPolicy {
  /** 1/f, 2 to 16: a heap keeps at most the fraction f of its blocks free, ... */
  readonly groups: number;
  /** ... or at most the blocks of K superblocks, 1 to 1024. With less, a malloc that obtains one would break the invariant. */
  readonly slackSuperblocks: number;
}

export class OwnedHeap {
  readonly lock: Lock;
  readonly delayed: DelayedFrees;
  readonly groups: FullnessGroups;
  protected readonly memory: Memory;
  readonly #w: number;

  constructor(
    root: Root,
    readonly index: number,
    protected readonly superblocks: Superblocks,
    private readonly policy: EmptinessPolicy,
  ) {
    const { memory, threads } = root;
    const classes = superblocks.geometry.capacity.length;
    const address = root.claimStruct(OWNED_HEAP);
    this.memory = memory;
    this.#w = address >>> 2;
    this.lock = new FutexLock(memory, address + OWNED_HEAP.lock * 4, threads.id);
    this.delayed = new DelayedFrees(memory, this.#w + OWNED_HEAP.delayed);
    const records = root.claim(OWNED_CLASS.name, FullnessGroups.bytes(classes, policy.groups));
    this.groups = new FullnessGroups(memory, records, superblocks, policy.groups);
  }

  /** Takes a block of superblock `s`, which has room. @returns its number */
  take(s: number, c: number): number {
    const k = this.superblocks.take(s, c);
    this.count(c, 1, 0);
    this.groups.update(s, c);
    return k;
  }

  /** Puts a live block back. */
  give(s: number, c: number, k: number): void {
    this.superblocks.give(s, c, k);
    this.count(c, -1, 0);
    this.groups.update(s, c);
  }

  /** The same for one that was freed without the lock. */
  givePending(s: number, c: number, k: number): void {
    this.superblocks.givePending(s, c, k);
    this.count(c, -1, 0);
    this.groups.update(s, c);
  }

  /** Takes a superblock in, of a class and not blank. The caller holds its former heap's lock too. */
  admit(s: number, c: number): void {
    this.superblocks.move(s, this.index);
    this.list(s, c);
  }

  /** Adds one that belongs here already. */
  list(s: number, c: number): void {
    this.count(c, this.superblocks.usedOf(s), this.superblocks.geometry.capacity[c]);
    this.groups.insert(s, c);
  }

  /** Takes a superblock out of lists and statistics; its owner word still names this heap. */
  dismiss(s: number, c: number): void {
    this.groups.remove(s, c);
    this.count(c, -this.superblocks.usedOf(s), -this.superblocks.geometry.capacity[c]);
  }

  private count(c: number, used: number, held: number): void {
    const record = this.groups.record(c);
    this.memory.i32[record + OWNED_CLASS.used] += used;
    this.memory.i32[record + OWNED_CLASS.held] += held;
  }

  /** u of class `c`, in blocks. */
  used(c: number): number {
    return this.memory.racyLoad(this.groups.record(c) + OWNED_CLASS.used);
  }

  /** a of class `c`, in blocks. */
  held(c: number): number {
    return this.memory.racyLoad(this.groups.record(c) + OWNED_CLASS.held);
  }

  /**
   * Whether the emptiness invariant is violated: u < a - K S *and* u < (1 - f) a. The paper's text says "or" in one
   * place; its pseudo-code and proof need "and". All numbers are signed: a - K S is below 0 for a small heap.
   */
  hasTooMuch(c: number): boolean {
    const { groups, slackSuperblocks } = this.policy;
    const used = this.used(c);
    const held = this.held(c);
    return used < held - slackSuperblocks * this.superblocks.geometry.capacity[c] && used * groups < held * (groups - 1);
  }

  isSuspect(): boolean {
    return this.memory.i32[this.#w + OWNED_HEAP.suspect] !== 0;
  }

  /** What the lock guards may be half done. Cleared once it has been rebuilt, by whoever that is. */
  suspect(): void {
    this.memory.store(this.#w + OWNED_HEAP.suspect, 1);
  }

  trust(): void {
    this.memory.store(this.#w + OWNED_HEAP.suspect, 0);
  }

  /** Forgets all superblocks, to list them anew. */
  clear(): void {
    this.groups.clear();
  }
}
