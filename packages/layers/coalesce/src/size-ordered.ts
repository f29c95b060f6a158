/**
 * Best fit: free blocks in ascending size, the one that came last first among equals, the policy of FreeRTOS heap_2.
 * What is left of a block is filed anew by its own size; leaving it in the old block's place would break the order.
 */
import type { Root } from "@heapwright/core";
import { OrderedList } from "./ordered-list.js";

export class SizeOrdered extends OrderedList {
  constructor(root: Root) {
    super(root, "size-ordered list");
  }

  protected override staysBefore(_filed: number, filedBytes: number, _block: number, bytes: number): boolean {
    return filedBytes < bytes;
  }

  override resize(block: number, _from: number, to: number): void {
    this.remove(block);
    this.insert(block, to);
  }
}
