/**
 * The nodes that queues are made of: a stack of idle ones, filled by pages. Any number of queues can share one pool.
 * The pages are bookkeeping; they are noted in the page map, reported by {@link QueueNodes.walk} and never given back,
 * because a slow thread may still read the words of a node that has long been recycled.
 *
 * A thread killed while it adds a page loses the nodes of that page; one killed inside a queue operation, one node.
 * Either is still reported as part of its page.
 */
import {
  i32, PAGE_BYTES, PAGE_NOTE, pageNote, pair, plainExtent, struct, weakest,
  type Inspector, type MappedSpans, type Memory, type Progress, type Root, type Visit,
} from "@heapwright/core";
import { TAGGED_STACK, TaggedStack } from "./tagged-stack.js";

export const QUEUE_NODE = struct("QueueNode", {
  /** written plainly by the enqueuing thread while it owns the node; racy reads are validated by the queue's head */
  value: i32(),
  /** next idle node, while the node is idle */
  link: i32(),
  /** address of the successor (0: none), and a tag; cas2 by any thread. Who reuses the node stores the address back to 0 */
  next: pair(),
}, { bytes: 16 });

export const QUEUE_NODES = struct("QueueNodes", {
  /** bytes in pages of nodes, in units of 64 KiB; atomic add before the nodes of a page are used */
  pages: i32(),
}, { align: 128 });

const LAYER = "QueueNodes";

export class QueueNodes {
  readonly progress: Progress;
  private readonly memory: Memory;
  private readonly idle: TaggedStack;
  private readonly owner: number;
  private readonly w: number;
  private readonly spanBytes: number;

  constructor(
    root: Root,
    private readonly spans: MappedSpans,
  ) {
    this.memory = root.memory;
    this.idle = new TaggedStack(root.memory, root.claimStruct(TAGGED_STACK), { linkOffset: QUEUE_NODE.link * 4 });
    this.w = root.claimStruct(QUEUE_NODES) >>> 2;
    this.owner = spans.map.newOwner();
    this.spanBytes = Math.max(PAGE_BYTES, spans.granule);
    this.progress = weakest("lock-free", spans.progress);
  }

  /** A node that only the caller knows and whose words are within its views, or 0 when there is no memory. */
  take(): number {
    const node = this.idle.pop() || this.grow();
    if (node >= this.memory.end) this.memory.reach(node);
    return node;
  }

  /** Gives a node back. Others may still be reading it. */
  give(node: number): void {
    this.idle.push(node);
  }

  /** Cuts one more span into nodes and keeps the first. Two threads may do so at once; then there are more nodes. */
  private grow(): number {
    const { memory, spans, spanBytes } = this;
    const span = spans.acquire(spanBytes, PAGE_BYTES);
    // somebody may have given a node back since
    if (span === 0) return this.idle.pop();
    for (let page = span; page < span + spanBytes; page += PAGE_BYTES) spans.map.setNote(page, pageNote(this.owner, 0));
    memory.add(this.w + QUEUE_NODES.pages, spanBytes / PAGE_BYTES);
    memory.reach(span + spanBytes - 1);
    const first = span + QUEUE_NODE.bytes;
    const last = span + spanBytes - QUEUE_NODE.bytes;
    const { i32 } = memory;
    for (let node = first; node < last; node += QUEUE_NODE.bytes) i32[(node >>> 2) + QUEUE_NODE.link] = node + QUEUE_NODE.bytes;
    this.idle.pushChain(first, last);
    return span;
  }

  /** Whether the page of `address` holds nodes. */
  owns(address: number): boolean {
    return PAGE_NOTE.owner.get(this.spans.map.noteAt(address)) === this.owner;
  }

  /** Reports every page of nodes. Quiescent. */
  walk(visit: Visit): void {
    this.pages((page) => visit({ address: page, bytes: PAGE_BYTES, state: "metadata", layer: LAYER, block: 0 }));
  }

  /** Reports the same at any time. */
  inspect(to: Inspector): void {
    this.pages((page) => to.extent(plainExtent(LAYER, "metadata", page, PAGE_BYTES)));
  }

  private pages(visit: (page: number) => void): void {
    const { memory } = this;
    memory.reach(memory.maximumBytes - 1);
    for (let page = 0; page < memory.end; page += PAGE_BYTES) {
      if (this.owns(page)) visit(page);
    }
  }

  /** Bytes in pages of nodes. */
  metadataBytes(): number {
    return this.memory.load(this.w + QUEUE_NODES.pages) * PAGE_BYTES;
  }

  /** Visits the idle nodes. Quiescent. @throws HeapCorruptionError */
  idleNodes(visit: (node: number) => void): void {
    this.idle.nodes(visit);
  }
}
