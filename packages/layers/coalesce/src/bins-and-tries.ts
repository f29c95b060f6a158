/**
 * Best fit in bounded time: exact small bins, and tries for what is larger (Lea's malloc 2.8). The two structures beside
 * them there, the designated victim and the top, are blocks that are free but not filed; an index that keeps them sees
 * by the {@link Origin} of a block which one it is.
 */
import type { Root } from "@heapwright/core";
import type { FreeIndex } from "./free-index.js";
import { SMALL_LIMIT, SmallBins } from "./small-bins.js";
import { bytesOf } from "./block-tags.js";
import { SizeTries } from "./size-tries.js";

export class BinsAndTries implements FreeIndex {
  readonly minimumBytes = 16;
  private readonly small: SmallBins;
  private readonly large: SizeTries;
  private readonly root: Root;

  constructor(root: Root) {
    this.root = root;
    this.small = new SmallBins(root);
    this.large = new SizeTries(root);
  }

  insert(block: number, bytes: number): void {
    this.sideOf(bytes).insert(block, bytes);
  }

  remove(block: number, bytes: number): void {
    this.sideOf(bytes).remove(block, bytes);
  }

  resize(block: number, from: number, to: number): void {
    this.remove(block, from);
    this.insert(block, to);
  }

  take(bytes: number): number {
    const block = this.small.find(bytes) || this.large.find(bytes);
    if (block !== 0) this.remove(block, bytesOf(this.root.memory.i32, block));
    return block;
  }

  clear(): void {
    this.small.clear();
    this.large.clear();
  }

  walk(visit: (block: number) => void): void {
    this.small.walk(visit);
    this.large.walk(visit);
  }

  check(): void {
    this.small.check();
    this.large.check();
  }

  private sideOf(bytes: number): SmallBins | SizeTries {
    return bytes < SMALL_LIMIT ? this.small : this.large;
  }
}
