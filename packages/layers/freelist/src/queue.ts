/**
 * A first-in first-out queue of words that any thread may add to and take from (Michael and Scott, "Simple, fast, and
 * practical non-blocking and blocking concurrent queue algorithms", PODC 1996, figure 1). A chain of nodes that starts
 * with a dummy: `head` points to the dummy, whose successor holds the oldest value; `tail` points to the last node or,
 * for a moment, to the one before it.
 *
 * Protocol. `head`, `tail` and every node's `next` are pairs of an address and a tag, changed by `cas2`, which adds 1
 * to the tag. A thread reads the tag of a pair first and the address second. If it finds the same tag once more
 * afterwards, nothing has changed the pair in between, so the address was there all that time; if its `cas2` succeeds,
 * likewise.
 *
 * Enqueue: tail is (x, t); x's next is (0, n); tail still has tag t, so x was the last node while its next was read.
 * From there on x cannot leave the queue without getting a successor, which would raise n for good: the tag of a node's
 * next is kept when the node is recycled, in this queue or in another one. So the `cas2` of next from (0, n) succeeds
 * on the last node of this queue or not at all.
 *
 * Dequeue: head is (d, h), tail points to x, and d's next to y; head still has tag h, so d was the dummy while these
 * were read. If x is not d, then tail is past d, and head may move to y. The value is read before that: once head is on
 * y another thread can dequeue again and recycle y. A value read from a recycled node is dropped, as then h has gone.
 *
 * A thread killed between any two steps holds up nobody: a tail that was left one behind is moved by whoever comes
 * next. It loses a node, and the value it was about to add or had just taken.
 */
import { HeapCorruptionError, pair, struct, words, type Memory, type Progress, type Root } from "@heapwright/core";
import { QUEUE_NODE, type QueueNodes } from "./queue-nodes.js";

export const QUEUE = struct("Queue", {
  /** address of the dummy node, and a tag; cas2 by the thread that dequeues its successor's value */
  head: pair(),
  /** keeps those who dequeue off the cache line of those who enqueue */
  behindHead: words(30),
  /** address of the last node or the one before it, and a tag; cas2 by any thread */
  tail: pair(),
  /** unused */
  behindTail: words(2),
  /** the node that is the dummy at first; a node like any other later */
  firstDummy: words(QUEUE_NODE.bytes / 4),
}, { align: 128, bytes: 256 });

const { next: NEXT, value: VALUE } = QUEUE_NODE;
const TAG = 1;

export class Queue {
  readonly progress: Progress;
  private readonly memory: Memory;
  private readonly head: number;
  private readonly tail: number;

  /** @param address of {@link QUEUE}, within every thread's views; formatted here by the thread that formats the heap */
  constructor(
    root: Root,
    address: number,
    private readonly nodePool: QueueNodes,
  ) {
    this.progress = nodePool.progress;
    this.memory = root.memory;
    this.head = (address >>> 2) + QUEUE.head;
    this.tail = (address >>> 2) + QUEUE.tail;
    if (root.fresh) this.format(address + QUEUE.firstDummy * 4);
  }

  private format(dummy: number): void {
    const { i32 } = this.memory;
    i32[this.head] = dummy;
    i32[this.tail] = dummy;
  }

  /**
   * Adds a value at the end.
   * @param value 1 to 2^32 - 1
   * @returns false when there is no memory for a node; nothing is changed then
   */
  enqueue(value: number): boolean {
    const { memory, tail } = this;
    const node = this.nodePool.take();
    if (node === 0) return false;
    const w = node >>> 2;
    memory.i32[w + VALUE] = value;
    // The tag beside it stays: it is what refuses those who still take this node for the last one of some queue.
    memory.store(w + NEXT, 0);
    for (;;) {
      const tailTag = memory.load(tail + TAG);
      const last = this.nodeAt(tail);
      const nextTag = memory.load(last + NEXT + TAG);
      const next = memory.load(last + NEXT);
      if (memory.load(tail + TAG) !== tailTag) continue;
      if (next !== 0) {
        this.moveTail(last, tailTag, next);
        continue;
      }
      // Success publishes the node, value and all. Failure: another thread added a node first.
      if (memory.cas2(last + NEXT, 0, nextTag, node, nextTag + 1)) {
        this.moveTail(last, tailTag, node);
        return true;
      }
    }
  }

  /** Takes the oldest value; 0 when the queue was empty at some moment of the call. */
  dequeue(): number {
    const { memory, head, tail } = this;
    for (;;) {
      const headTag = memory.load(head + TAG);
      const dummy = this.nodeAt(head);
      const tailTag = memory.load(tail + TAG);
      const last = this.nodeAt(tail);
      const next = memory.load(dummy + NEXT);
      if (memory.load(head + TAG) !== headTag) continue;
      if (next === 0) return 0;
      if (last === dummy) {
        this.moveTail(last, tailTag, next);
        continue;
      }
      // Races with the one who recycles the node, if another thread dequeues first; then the CAS refuses what we read.
      const value = memory.racyLoad((next >>> 2) + VALUE);
      // Success makes the value ours, and the old dummy too. Failure: another thread took the value.
      if (memory.cas2(head, dummy << 2, headTag, next, headTag + 1)) {
        this.nodePool.give((dummy << 2) >>> 0);
        return value >>> 0;
      }
    }
  }

  /** Word index of the node that the pair at `w` points to, within this thread's views. */
  private nodeAt(w: number): number {
    const node = this.memory.load(w) >>> 0;
    if (node >= this.memory.end) this.memory.reach(node);
    return node >>> 2;
  }

  /** @param from word index of the node that tail was seen to point to @param to address of its successor */
  private moveTail(from: number, tag: number, to: number): void {
    // Success: the tail is where it belongs. Failure: another thread has moved it there, or further.
    this.memory.cas2(this.tail, from << 2, tag, to, tag + 1);
  }

  /** Whether the queue was empty a moment ago. */
  isEmpty(): boolean {
    const { memory } = this;
    for (;;) {
      const headTag = memory.load(this.head + TAG);
      const next = memory.load(this.nodeAt(this.head) + NEXT);
      if (memory.load(this.head + TAG) === headTag) return next === 0;
    }
  }

  /** Visits the values, oldest first. Quiescent. @throws HeapCorruptionError when the chain breaks, or misses the tail */
  values(visit: (value: number) => void): void {
    const { memory } = this;
    const tail = memory.load(this.tail) >>> 0;
    let node = memory.load(this.head) >>> 0;
    let behindTail = node === tail ? 0 : -1;
    for (let steps = 0; ; steps++) {
      if ((node & 3) !== 0 || !memory.reach(node + QUEUE_NODE.bytes - 1)) this.broken(node, "no node can be here");
      const next = memory.load((node >>> 2) + NEXT) >>> 0;
      if (next === 0) break;
      node = next;
      if (node === tail || behindTail >= 0) behindTail++;
      if (steps > memory.end / QUEUE_NODE.bytes) this.broken(node, "the chain of nodes leads back here");
      visit(memory.racyLoad((node >>> 2) + VALUE) >>> 0);
    }
    if (behindTail < 0) this.broken(tail, "the tail is no node of the queue");
    if (behindTail > 1) this.broken(tail, `the tail is ${behindTail} nodes behind`);
  }

  private broken(address: number, found: string): never {
    throw new HeapCorruptionError(address, "Queue", found);
  }
}
