/**
 * A tagged stack that knows its depth, as Windows' SLIST does (QueryDepthSList). The count is a word of its own, not
 * a part of the head: 32 bits beside a 32-bit address leave none for it, and a count is worth less than tag bits.
 *
 * So it follows the stack by one atomic per operation. It is exact whenever no operation is under way, and off by as
 * many nodes as threads have pushed or popped but not counted yet. A thread killed between the two leaves it off for
 * good, until {@link CountedStack.recount}.
 */
import type { Memory } from "@heapwright/core";
import { followChain, linkWord } from "./chain.js";
import { TAGGED_STACK, TaggedStack, type TaggedStackOptions } from "./tagged-stack.js";

export class CountedStack extends TaggedStack {
  private readonly depthWord: number;

  /** @param address of {@link TAGGED_STACK}; zeroed words are an empty stack */
  constructor(memory: Memory, address: number, options: TaggedStackOptions = {}) {
    super(memory, address, options);
    this.depthWord = (address >>> 2) + TAGGED_STACK.depth;
  }

  override push(node: number): void {
    super.pushChain(node, node);
    this.memory.add(this.depthWord, 1);
  }

  /** Walks the chain once, to count it. @throws HeapCorruptionError for a link astray or a cycle */
  override pushChain(first: number, last: number): void {
    const { memory } = this;
    let count = 0;
    memory.i32[linkWord(memory, last, this.shape.linkOffset, this.shape.layer)] = 0;
    followChain(memory, first, this.shape, () => count++);
    super.pushChain(first, last);
    memory.add(this.depthWord, count);
  }

  override pop(): number {
    const node = super.pop();
    if (node !== 0) this.memory.add(this.depthWord, -1);
    return node;
  }

  /** Nodes on the stack; approximate while others push and pop. Never negative. */
  depth(): number {
    return Math.max(0, this.memory.load(this.depthWord));
  }

  /** Counts anew, after the death of a thread. Quiescent. */
  recount(): void {
    let count = 0;
    this.nodes(() => count++);
    this.memory.store(this.depthWord, count);
  }
}
