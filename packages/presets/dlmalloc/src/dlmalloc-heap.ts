/** What `dlmalloc` makes: a heap that can be trimmed, and that shows its mspaces. */
import { integerIn, type HeapHandle, type Root } from "@heapwright/core";
import { ComposedHeap } from "@heapwright/combine";
import type { DlmallocComposition } from "./composition.js";
import { ChosenMspace, type Mspace } from "./mspace.js";

export class DlmallocHeap extends ComposedHeap {
  /** How many mspaces there are. */
  readonly mspaces: number;
  private readonly chosen: readonly ChosenMspace[];

  constructor(root: Root, composition: DlmallocComposition, handle: HeapHandle) {
    super(root, composition, handle);
    this.mspaces = composition.spaces.length;
    this.chosen = composition.spaces.map((_, index) => new ChosenMspace(root, composition, index, handle));
  }

  /**
   * One mspace, to allocate from it whatever thread this is, to limit it, or to trim it.
   * @throws RangeError unless `index` is an integer from 0 to `mspaces - 1`; DepartedError when this thread has left
   */
  mspace(index: number): Mspace {
    this.enter();
    return this.chosen[integerIn("index", index, 0, this.mspaces - 1)];
  }

  /** Gives back to the page source what holds no block in use, in all mspaces (`malloc_trim`). */
  trim(): void {
    for (const mspace of this.chosen) mspace.trim();
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    for (const mspace of this.chosen) mspace[Symbol.dispose]();
  }
}
