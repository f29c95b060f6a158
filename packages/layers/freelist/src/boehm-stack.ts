/**
 * A stack of free nodes that needs only a 32-bit compare-and-swap (Boehm, "An almost non-blocking stack", PODC 2004;
 * the stack of libatomic_ops). The head word is the address of the node on top, with a variant number in the low bits
 * that alignment leaves free; a thread that pops lists the head word it relies on, and a thread that pushes chooses a
 * variant that is not listed.
 *
 * Protocol. The head changes by CAS only. A node's link holds the head word that was below it, variant included, is
 * written plainly by the pushing thread before the CAS that publishes it, and stays until the node has been popped. A
 * list slot belongs to the thread that changed its `holder` from 0 to its id by CAS; that thread alone stores `value`,
 * and gives the slot back by storing 0 into `value` and then into `holder`.
 *
 * Why a pop's CAS cannot succeed with a stale link: the thread listed the head word v, and then read the head again and
 * found v: so node x was on top under the value v while v was listed. If x is popped after that, whoever pushes it
 * again owns it before reading the list, finds v there, and takes another variant. So v, once gone, does not come back
 * before the slot is cleared; if the CAS still finds v, then x has been there all the time, and so has its link. Unlike
 * a tag this has no period.
 *
 * Almost lock-free: with n slots, n - 1 threads may stand still inside `pop` without holding up others; pushes are
 * never held up, as there are more variants than slots. When all slots are taken, `pop` looks again and again, and
 * sleeps a millisecond in between where the thread may sleep. A thread killed inside `pop` keeps its slot until
 * `reclaim`, and loses the node in its hands.
 *
 * Where the memory is WebAssembly's, boehm-stack-program.ts takes the same steps.
 */
import { i32, integerIn, powerOfTwoIn, struct, words, type Memory, type Progress } from "@heapwright/core";
import { BOEHM_STACK_PROGRAM, UNDONE, type FusedBoehmStack } from "./boehm-stack-program.js";
import { followChain, linkWord } from "./chain.js";
import type { Stack } from "./stack.js";

/** As many slots as a {@link BOEHM_STACK} has room for. */
const MOST_SLOTS = 15;

export const BOEHM_STACK = struct("BoehmStack", {
  /** address of the node on top, and its variant number in the low bits; CAS by any thread. 0: empty */
  head: i32(),
  /** slots of two words: id of the thread that holds it, CAS from 0; the head word it relies on, stored by it */
  list: words(2 * MOST_SLOTS),
}, { align: 128, bytes: 128 });

/** Words of a slot. */
const HOLDER = 0;
const VALUE = 1;
const SLOT_WORDS = 2;

/** How often a pop looks for a free slot before it sleeps, or, where it must not sleep, before it gives up. */
const LOOKS_BEFORE_SLEEP = 64;
const LOOKS_WITHOUT_SLEEP = 4096;
const SLEEP_MILLISECONDS = 1;

export interface BoehmStackOptions {
  /** How many threads may be inside `pop` at once, 1 to 15 and less than `nodeAlignment`. Default 2. */
  readonly slots?: number;
  /** All node addresses are multiples of this, a power of two from 4 up; it is also the number of variants. Default 4. */
  readonly nodeAlignment?: number;
  /** Bytes from a node's address to its link word; a multiple of 4, may be negative. Default 0. */
  readonly linkOffset?: number;
}

export class BoehmStack implements Stack {
  readonly progress: Progress = "almost-lock-free";
  private readonly head: number;
  private readonly list: number;
  private readonly listEnd: number;
  private readonly firstLook: number;
  private readonly variants: number;
  private readonly addressMask: number;
  private readonly linkOffset: number;
  private readonly fused: FusedBoehmStack | undefined;

  /**
   * @param address of {@link BOEHM_STACK}, within every thread's views; zeroed words are an empty stack
   * @param threadId of the calling thread
   * @throws RangeError when the alignment leaves too few variants for the slots
   */
  constructor(
    private readonly memory: Memory,
    address: number,
    private readonly threadId: number,
    options: BoehmStackOptions = {},
  ) {
    this.variants = powerOfTwoIn("nodeAlignment", options.nodeAlignment ?? 4, 4, 4096);
    const slots = integerIn("slots", options.slots ?? 2, 1, Math.min(MOST_SLOTS, this.variants - 1));
    this.head = (address >>> 2) + BOEHM_STACK.head;
    this.list = (address >>> 2) + BOEHM_STACK.list;
    this.listEnd = this.list + slots * SLOT_WORDS;
    // not the first slot for everybody, so that not everybody writes to it
    this.firstLook = this.list + (threadId % slots) * SLOT_WORDS;
    this.addressMask = -this.variants;
    this.linkOffset = options.linkOffset ?? 0;
    this.fused = memory.fused(BOEHM_STACK_PROGRAM);
  }

  push(node: number): void {
    const { memory, head, fused } = this;
    const link = linkWord(memory, node, this.linkOffset, "BoehmStack");
    if (fused !== undefined) {
      fused.push(head, node, link, this.list, this.listEnd, this.variants);
      return;
    }
    for (;;) {
      const below = memory.load(head);
      memory.i32[link] = below;
      // Read after every failure anew, as a value may be listed at any time.
      const value = this.unlisted(node);
      // Success publishes the node and its link. Failure: another thread was quicker; the link is still ours to write.
      if (memory.cas(head, below, value)) return;
    }
  }

  /** One node after the other: each needs a variant of its own, so a chain cannot be published at once. */
  pushChain(first: number, last: number): void {
    const { memory } = this;
    for (let node = first; ; ) {
      const link = linkWord(memory, node, this.linkOffset, "BoehmStack");
      const next = memory.i32[link] >>> 0;
      this.push(node);
      if (node === last) return;
      node = next;
    }
  }

  /** The lowest variant of `node` that nobody relies on. There is one, as there are fewer slots than variants. */
  private unlisted(node: number): number {
    let variant = 0;
    while (this.isListed((node + variant) | 0)) variant = (variant + 1) % this.variants;
    return node + variant;
  }

  private isListed(value: number): boolean {
    for (let slot = this.list; slot < this.listEnd; slot += SLOT_WORDS) {
      if (this.memory.load(slot + VALUE) === value) return true;
    }
    return false;
  }

  /** On a thread that must not sleep, 0 is also the answer when all slots stayed taken for thousands of looks. */
  pop(): number {
    const { memory, head, fused } = this;
    if (fused !== undefined) {
      const node = fused.pop(head, this.firstLook, this.threadId, this.addressMask, this.linkOffset);
      if (node !== UNDONE) return node >>> 0;
    }
    if (memory.load(head) === 0) return 0;
    const slot = this.takeSlot();
    if (slot === 0) return 0;
    for (;;) {
      const value = memory.load(head);
      memory.store(slot + VALUE, value);
      if (value === 0) break;
      // Not listed in time: it may have left before, and may come back.
      if (memory.load(head) !== value) continue;
      const node = (value & this.addressMask) >>> 0;
      // Races with the owner of the node, if it has been popped meanwhile; then the CAS refuses what we read.
      const next = memory.racyLoad((node + this.linkOffset) >>> 2);
      // Success makes the node ours. Failure: somebody pushed or popped since the value was listed.
      if (memory.cas(head, value, next)) {
        this.giveSlot(slot);
        return node;
      }
    }
    this.giveSlot(slot);
    return 0;
  }

  /** A slot of the list, ours until {@link giveSlot}; 0 where the thread must not sleep and all stayed taken. */
  private takeSlot(): number {
    const { memory, threadId } = this;
    let slot = this.firstLook;
    for (let looks = 1; ; looks++) {
      // Success makes the slot ours. Failure: another thread is inside pop, or died there; look at the next.
      if (memory.cas(slot + HOLDER, 0, threadId)) return slot;
      if (!memory.canWait && looks === LOOKS_WITHOUT_SLEEP) return 0;
      if (memory.canWait && looks % LOOKS_BEFORE_SLEEP === 0) this.sleep(slot + HOLDER);
      slot = slot + SLOT_WORDS < this.listEnd ? slot + SLOT_WORDS : this.list;
    }
  }

  /** Nobody notifies: the time runs out. The word is one that is about to change, so the sleep may not even begin. */
  private sleep(holder: number): void {
    const seen = this.memory.load(holder);
    if (seen !== 0) this.memory.wait(holder, seen, SLEEP_MILLISECONDS);
  }

  private giveSlot(slot: number): void {
    this.memory.store(slot + VALUE, 0);
    this.memory.store(slot + HOLDER, 0);
  }

  isEmpty(): boolean {
    return this.memory.load(this.head) === 0;
  }

  /** Gives back the slots that a dead thread held. The nodes it was popping are lost, or still on the stack. */
  reclaim(threadId: number): void {
    for (let slot = this.list; slot < this.listEnd; slot += SLOT_WORDS) {
      if (this.memory.load(slot + HOLDER) === threadId) this.giveSlot(slot);
    }
  }

  nodes(visit: (node: number) => void): void {
    const { linkOffset, addressMask } = this;
    followChain(this.memory, this.memory.load(this.head), { linkOffset, addressMask, layer: "BoehmStack" }, visit);
  }
}
