/**
 * What the stacks of free nodes have in common: any thread may push and pop at any time. A node is any piece of memory
 * with one word, its link, that belongs to the stack while the node is on it and to whoever popped the node afterwards.
 * Node addresses are multiples of 4 and not 0.
 */
import type { Progress } from "@heapwright/core";

export interface Stack {
  readonly progress: Progress;
  /**
   * Address of the TAGGED_STACK of a stack that has no other words, and whose links are the first words of its nodes: then `taggedPush`
   * and `taggedPop` may be parts of a program that uses it. Undefined of all others.
   */
  readonly tagged?: number | undefined;
  /** Puts a node on top. The caller must own it. */
  push(node: number): void;
  /**
   * Puts a chain of nodes on top, which the caller owns and has linked from `first` to `last` through the nodes'
   * link words. The link of `last` may hold anything. `first` may be `last`.
   */
  pushChain(first: number, last: number): void;
  /** Takes the node on top, or 0 when the stack was empty at some moment of the call. */
  pop(): number;
  /** Whether the stack was empty a moment ago. */
  isEmpty(): boolean;
  /** Takes back what a dead thread held of the stack itself; nodes that were in its hands are not the stack's. */
  reclaim(threadId: number): void;
  /** Visits every node on the stack, from the top. Quiescent. @throws HeapCorruptionError for a link astray or a cycle */
  nodes(visit: (node: number) => void): void;
}
