/**
 * A stack of free nodes that any thread may push to and pop from (Treiber, IBM RJ 5118, 1986, with the tag of the IBM
 * System/370 manuals; SLIST of Windows). The head is a pair: the node on top, and a tag that every pop changes, because
 * a node may leave and come back while a slower thread still believes in its old neighbour. Relies on a 64-bit
 * compare-and-swap, and on memory that never shrinks: the link of a popped node may be nonsense, never a fault.
 *
 * Protocol. The head changes by `cas2` only. A node's link is written plainly by the thread that owns the node, before
 * the `cas2` that publishes it, and stays as it is until the node has been popped.
 *
 * Why a pop's `cas2` cannot succeed with a stale link: it read the tag t first, then the top x, then x's link. When it
 * succeeds the tag is still t, and tags only count up, so nobody popped since before x was read. Without a pop, x can
 * neither have left nor changed its link. (Reading the top before the tag would not do: x could be popped, t be read,
 * and x be pushed back onto another node, and the pair would match.) Pushes need not change the tag: a push only claims
 * that its node lies on the one that is on top at that moment, which the `cas2` itself makes sure of.
 *
 * The tag has 32 bits, so a pop would have to stand still, between its first read and its `cas2`, for exactly a
 * multiple of 2^32 pops by others (over a minute of nothing else, at 20 ns each) and find the same node on top.
 * Narrower tags wrap within milliseconds and are not offered.
 *
 * A thread killed between any two steps holds up nobody. It loses the node, or chain, in its hands.
 *
 * Where the memory is WebAssembly's, tagged-stack-program.ts takes the same steps.
 */
import { i32, pair, struct, type Memory, type Progress } from "@heapwright/core";
import { followChain, linkWord, type ChainShape } from "./chain.js";
import type { Stack } from "./stack.js";
import { TAGGED_STACK_PROGRAM, UNDONE, type FusedTaggedStack } from "./tagged-stack-program.js";

export const TAGGED_STACK = struct("TaggedStack", {
  /** address of the node on top (0: none), and the tag; cas2 by any thread, a pop adds 1 to the tag */
  head: pair(),
  /** nodes on the stack, give or take operations under way; atomic add. Only where the stack is a CountedStack */
  depth: i32(),
}, { align: 128 });

const TAG = 1;

/** How the nodes of a stack look. */
export interface TaggedStackOptions {
  /** Bytes from a node's address to its link word; a multiple of 4, may be negative. Default 0. */
  readonly linkOffset?: number;
}

export class TaggedStack implements Stack {
  readonly progress: Progress = "lock-free";
  readonly tagged: number | undefined;
  protected readonly shape: ChainShape;
  private readonly w: number;
  private readonly linkOffset: number;
  private readonly fused: FusedTaggedStack | undefined;

  /** @param address of {@link TAGGED_STACK}, within every thread's views; zeroed words are an empty stack */
  constructor(
    protected readonly memory: Memory,
    address: number,
    options: TaggedStackOptions = {},
  ) {
    this.w = (address >>> 2) + TAGGED_STACK.head;
    this.linkOffset = options.linkOffset ?? 0;
    // a derived stack does more, or something else
    this.tagged = new.target === TaggedStack && this.linkOffset === 0 ? address : undefined;
    this.fused = memory.fused(TAGGED_STACK_PROGRAM);
    this.shape = { linkOffset: this.linkOffset, addressMask: -1, layer: "TaggedStack" };
  }

  push(node: number): void {
    this.pushChain(node, node);
  }

  pushChain(first: number, last: number): void {
    const { memory, w, fused } = this;
    const link = linkWord(memory, last, this.linkOffset, "TaggedStack");
    if (fused !== undefined) {
      fused.push(w, first, link);
      return;
    }
    for (;;) {
      const top = memory.racyLoad(w);
      const tag = memory.racyLoad(w + TAG);
      memory.i32[link] = top;
      // Success publishes the nodes and their links.
      // Failure: the pair was torn, or another thread was quicker; the links are still ours to write.
      if (memory.cas2(w, top, tag, first, tag)) return;
    }
  }

  pop(): number {
    const { memory, w, fused } = this;
    if (fused !== undefined) {
      const node = fused.pop(w, this.linkOffset);
      if (node !== UNDONE) return node >>> 0;
    }
    for (;;) {
      const tag = memory.load(w + TAG);
      // Plain reads, but not before the load above: it orders what follows it, and the second needs the first.
      const top = memory.racyLoad(w) >>> 0;
      if (top === 0) return 0;
      // Races with the owner of `top`, if that has been popped meanwhile; then the tag refuses what we read.
      const next = memory.racyLoad((top + this.linkOffset) >>> 2);
      // Success makes the node ours. Failure: somebody popped, or pushed, since the reads.
      if (memory.cas2(w, top, tag, next, tag + 1)) return top;
    }
  }

  isEmpty(): boolean {
    return this.memory.load(this.w) === 0;
  }

  /** A dead thread holds nothing of this stack. */
  reclaim(): void {}

  nodes(visit: (node: number) => void): void {
    followChain(this.memory, this.memory.load(this.w), this.shape, visit);
  }
}
