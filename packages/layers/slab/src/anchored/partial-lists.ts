/**
 * Where partial superblocks wait to be found: one in the Partial slot of each processor heap, the others in a first-in
 * first-out queue per size class (Michael 2004, figure 6: HeapGetPartial, HeapPutPartial, RemoveEmptyDesc).
 *
 * Ownership. A descriptor is, at every moment, in exactly one place: named by an Active word; in a Partial slot; in the
 * queue of its class; in the pool; nowhere, being FULL; or in the hands of one thread. Hands get it only by the atomic
 * step that takes it from its place (exchange or CAS of a slot, dequeue, pop), or by the free that ends FULL. So
 * two threads never have the same one in hand, and only who has it in hand may put it anywhere or retire it.
 *
 * A superblock may become EMPTY while its descriptor is in a list or in another thread's hands. Then the thread that
 * freed the last block has no right to the descriptor, only a wish: {@link PartialLists.removeEmpty} looks for it. As the
 * superblock itself has gone back by then, a descriptor that is not found costs 64 bytes until somebody meets it.
 *
 * The published RemoveEmptyDesc retires what its CAS took out of the slot without looking again. But between the free and
 * that CAS others may have met the descriptor, retired it and made a new superblock of it, which then came to
 * wait in the same slot: same address, another life. Here the CAS only gives the descriptor into our hands; then
 * the state says what it is. EMPTY is final for one in hand, since nobody has a block to free or a place to
 * allocate from. Anything else goes back where it was found.
 */
import type { Memory, Root } from "@heapwright/core";
import { QUEUE, Queue, type QueueNodes, TAGGED_STACK, TaggedStack } from "@heapwright/freelist";
import { EMPTY, stateOf } from "./anchor.js";
import { DESCRIPTOR } from "./descriptor.js";
import type { DescriptorPool } from "./descriptor-pool.js";
import { PROCESSOR_HEAP } from "./processor-heaps.js";

/** Partial superblocks that a search for an empty one moves from the front of a queue to its end, at most. */
const MOVES = 2;

export class PartialLists {
  protected readonly memory: Memory;
  private readonly queues: Queue[] = [];
  /** Used when there is no memory for a queue's node: linked through the descriptors themselves. */
  private readonly spares: TaggedStack[] = [];

  constructor(
    root: Root,
    protected readonly pool: DescriptorPool,
    nodes: QueueNodes,
    classes: number,
  ) {
    this.memory = root.memory;
    for (let i = 0; i < classes; i++) {
      this.queues.push(new Queue(root, root.claimStruct(QUEUE), nodes));
      this.spares.push(new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK), { linkOffset: DESCRIPTOR.next * 4 }));
    }
  }

  /** Lists a descriptor that the caller has in hand: in the heap's slot; what stood there moves to the queue. */
  put(descriptor: number, heap: number, sizeClass: number): void {
    const displaced = this.memory.exchange((heap >>> 2) + PROCESSOR_HEAP.partial, descriptor) >>> 0;
    if (displaced !== 0) this.enqueue(displaced, sizeClass);
    // Whoever made it EMPTY while it was in our hands has not found it. Either he sees it in the slot, or we see his state.
    if (this.isEmpty(descriptor)) this.removeEmpty(descriptor, heap, sizeClass);
  }

  private enqueue(descriptor: number, sizeClass: number): void {
    if (!this.queues[sizeClass].enqueue(descriptor)) this.spares[sizeClass].push(descriptor);
  }

  private dequeue(sizeClass: number): number {
    return this.queues[sizeClass].dequeue() || this.spares[sizeClass].pop();
  }

  /** Takes a descriptor of this class into the caller's hands, PARTIAL or EMPTY, or 0 when there is none. */
  get(heap: number, sizeClass: number): number {
    const slot = (heap >>> 2) + PROCESSOR_HEAP.partial;
    const partial = this.memory.load(slot) === 0 ? 0 : this.memory.exchange(slot, 0) >>> 0;
    return partial || this.dequeue(sizeClass);
  }

  /** Looks for a descriptor that the caller has made EMPTY, without having it in hand. */
  removeEmpty(descriptor: number, heap: number, sizeClass: number): void {
    // Success takes the descriptor into our hands, in whichever life it is. Failure: it is elsewhere.
    if (this.memory.cas((heap >>> 2) + PROCESSOR_HEAP.partial, descriptor, 0)) this.settle(descriptor, heap, sizeClass);
    else this.sweep(sizeClass);
  }

  /** Retires a descriptor in hand if it is EMPTY, and lists it again if it is not. */
  protected settle(descriptor: number, heap: number, sizeClass: number): void {
    if (this.isEmpty(descriptor)) this.pool.retire(descriptor);
    else this.put(descriptor, heap, sizeClass);
  }

  /** Retires the empty ones near the front of the queue (ListRemoveEmptyDesc). */
  private sweep(sizeClass: number): void {
    for (let moves = 0; moves < MOVES; ) {
      const descriptor = this.dequeue(sizeClass);
      if (descriptor === 0) return;
      if (this.isEmpty(descriptor)) {
        this.pool.retire(descriptor);
      } else {
        this.enqueue(descriptor, sizeClass);
        moves++;
      }
    }
  }

  private isEmpty(descriptor: number): boolean {
    if (descriptor + DESCRIPTOR.bytes > this.memory.end) this.memory.reach(descriptor + DESCRIPTOR.bytes - 1);
    return stateOf(this.memory.load((descriptor >>> 2) + DESCRIPTOR.anchor)) === EMPTY;
  }

  /** Visits what waits in the queue of a class. Quiescent. */
  each(sizeClass: number, visit: (descriptor: number) => void): void {
    this.queues[sizeClass].values(visit);
    this.spares[sizeClass].nodes(visit);
  }
}
