/** What `dlmalloc` makes: a heap that can be trimmed, and that shows its mspaces. */
import { integerIn, type HeapHandle, type Root } from "@heapwright/core";
import { ComposedHeap, type Composition } from "@heapwright/combine";
import { ChosenMspace, type Mspace } from "./mspace.js";
import type { Space } from "./space.js";

export interface DlmallocComposition extends Composition {
  readonly spaces: readonly Space[];
}

export class DlmallocHeap extends ComposedHeap {
  /** How many mspaces there are. */
  readonly mspaces: number;
  private readonly chosen: readonly ChosenMspace[];

  constructor(root: Root, composition: DlmallocComposition, handle: HeapHandle) {
    super(root, composition, handle);
    const { allocator, pages, spaces } = composition;
    this.mspaces = spaces.length;
    this.chosen = spaces.map((space, index) => new ChosenMspace(root, allocator, pages, space, index, handle));
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
