/**
 * A stack that many push to and that is emptied at one stroke: for blocks that others free to the one who owns them.
 * Nobody pops a single node, so nobody ever relies on a link of a node he does not own: there is no ABA, and one 32-bit
 * word is all there is.
 *
 * Protocol. The head changes by CAS (push) and exchange (take all). A node's link is written plainly by the thread that
 * pushes it, before the CAS, and belongs with the node to whoever takes the chain. A push only claims that its node
 * lies on the one that is on top at that moment; should that node have left and come back meanwhile, the claim is still
 * true.
 *
 * A thread killed between any two steps holds up nobody; it loses the nodes in its hands: one that it was pushing, or
 * all that it had just taken.
 */
import { i32, struct, type Memory, type Progress } from "@heapwright/core";
import { followChain, linkWord } from "./chain.js";

export const DRAIN_STACK = struct("DrainStack", {
  /** address of the node on top, 0: none; CAS by those who push, exchange by those who take */
  head: i32(),
}, { align: 128 });

export interface DrainStackOptions {
  /** Bytes from a node's address to its link word; a multiple of 4, may be negative. Default 0. */
  readonly linkOffset?: number;
}

export class DrainStack {
  readonly progress: Progress = "lock-free";
  private readonly head: number;
  private readonly linkOffset: number;

  /** @param address of {@link DRAIN_STACK}, or of any word within every thread's views; zero is an empty stack */
  constructor(
    private readonly memory: Memory,
    address: number,
    options: DrainStackOptions = {},
  ) {
    this.head = (address >>> 2) + DRAIN_STACK.head;
    this.linkOffset = options.linkOffset ?? 0;
  }

  /** Puts a node on top. The caller must own it. */
  push(node: number): void {
    this.pushChain(node, node);
  }

  /** Puts a chain on top, linked from `first` to `last` by the caller, who owns it. The link of `last` may hold anything. */
  pushChain(first: number, last: number): void {
    const { memory, head } = this;
    const link = linkWord(memory, last, this.linkOffset, "DrainStack");
    for (;;) {
      const top = memory.racyLoad(head);
      memory.i32[link] = top;
      // Success publishes the nodes and their links. Failure: another thread pushed or took; the links are still ours.
      if (memory.cas(head, top, first)) return;
    }
  }

  /** Takes all nodes: the first of a chain that is now the caller's and ends with link 0; or 0 when there are none. */
  takeAll(): number {
    return this.isEmpty() ? 0 : this.memory.exchange(this.head, 0) >>> 0;
  }

  /** Whether the stack was empty a moment ago. */
  isEmpty(): boolean {
    return this.memory.load(this.head) === 0;
  }

  /** Visits every node, from the top. Quiescent. @throws HeapCorruptionError for a link astray or a cycle */
  nodes(visit: (node: number) => void): void {
    const shape = { linkOffset: this.linkOffset, addressMask: -1, layer: "DrainStack" };
    followChain(this.memory, this.memory.load(this.head), shape, visit);
  }
}
