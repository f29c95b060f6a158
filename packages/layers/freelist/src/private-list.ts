/**
 * A last-in first-out list of nodes that only its owner touches: plain accesses, no atomic, and a count. Its words lie
 * in the buffer all the same, so that what a dead owner kept can be taken back by whoever reclaims it.
 *
 * Order of writes, for an owner that dies between two of them: the count is written last, so afterwards it may be off
 * by the nodes of one operation; {@link PrivateList.recount} puts it right. The chain itself is whole at every moment.
 * The nodes in the dead owner's hands are lost.
 */
import { i32, struct, type Memory, type Progress } from "@heapwright/core";
import { followChain, linkWord, type ChainShape } from "./chain.js";

/** Not padded: an owner has many, side by side in words that are its own. */
export const PRIVATE_LIST = struct("PrivateList", {
  /** address of the first node, 0: none; plain, by the owner */
  first: i32(),
  /** nodes on the list; plain, by the owner, after every change of the list */
  count: i32(),
});

export interface PrivateListOptions {
  /** Bytes from a node's address to its link word; a multiple of 4, may be negative. Default 0. */
  readonly linkOffset?: number;
}

export class PrivateList {
  readonly progress: Progress = "lock-free";
  /** Last node of the chain that {@link takeChain} returned. */
  lastTaken = 0;
  private readonly w: number;
  private readonly linkOffset: number;

  /** @param address of {@link PRIVATE_LIST}, within the owner's views; zeroed words are an empty list */
  constructor(
    private readonly memory: Memory,
    address: number,
    options: PrivateListOptions = {},
  ) {
    this.w = address >>> 2;
    this.linkOffset = options.linkOffset ?? 0;
  }

  /** Nodes on the list. */
  get count(): number {
    return this.memory.i32[this.w + PRIVATE_LIST.count];
  }

  push(node: number): void {
    this.pushChain(node, node, 1);
  }

  /** The node pushed last, or 0. */
  pop(): number {
    const { memory, w } = this;
    const node = memory.i32[w + PRIVATE_LIST.first] >>> 0;
    if (node === 0) return 0;
    const link = linkWord(memory, node, this.linkOffset, "PrivateList");
    const { i32 } = memory;
    i32[w + PRIVATE_LIST.first] = i32[link];
    i32[w + PRIVATE_LIST.count]--;
    return node;
  }

  /** Puts a chain of `count` nodes in front, linked from `first` to `last`. The link of `last` may hold anything. */
  pushChain(first: number, last: number, count: number): void {
    const { memory, w } = this;
    const link = linkWord(memory, last, this.linkOffset, "PrivateList");
    const { i32 } = memory;
    i32[link] = i32[w + PRIVATE_LIST.first];
    i32[w + PRIVATE_LIST.first] = first;
    i32[w + PRIVATE_LIST.count] += count;
  }

  /**
   * Takes the first `count` nodes as one chain that ends with link 0; {@link lastTaken} is its last node.
   * @param count 1 to {@link PrivateList.count}
   * @returns the first node
   */
  takeChain(count: number): number {
    const { memory, w, linkOffset } = this;
    const first = memory.i32[w + PRIVATE_LIST.first] >>> 0;
    let last = first;
    let link = linkWord(memory, last, linkOffset, "PrivateList");
    for (let i = 1; i < count; i++) {
      last = memory.i32[link] >>> 0;
      link = linkWord(memory, last, linkOffset, "PrivateList");
    }
    const { i32 } = memory;
    i32[w + PRIVATE_LIST.first] = i32[link];
    i32[w + PRIVATE_LIST.count] -= count;
    i32[link] = 0;
    this.lastTaken = last;
    return first;
  }

  /** Counts anew, for the one who takes back a dead owner's list. @returns the count */
  recount(): number {
    let count = 0;
    this.nodes(() => count++);
    this.memory.i32[this.w + PRIVATE_LIST.count] = count;
    return count;
  }

  /** Visits every node, from the first. The owner, or quiescent. @throws HeapCorruptionError for a link astray or a cycle */
  nodes(visit: (node: number) => void): void {
    const shape: ChainShape = { linkOffset: this.linkOffset, addressMask: -1, layer: "PrivateList" };
    followChain(this.memory, this.memory.i32[this.w + PRIVATE_LIST.first], shape, visit);
  }
}
